import { type Check, look } from '../doctor/check.ts'
import { lookAtAuditLog } from '../doctor/look-at-audit-log.ts'
import { lookAtKafka } from '../doctor/look-at-kafka.ts'
import { lookAtRegistry } from '../doctor/look-at-registry.ts'
import type { Edge } from '../edge/edge.ts'
import { packageVersion } from '../edge/package-version.ts'
import { type CommonFlags, openSession, type Session } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { printable } from '../output/printable.ts'
import { createPrinter } from '../output/printer.ts'
import { type Style, styleFor } from '../output/style.ts'

export const doctorCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withClickHouse(command)))
    .addHelpText('after', helpAfter(['ledgerbus doctor', 'ledgerbus doctor -o json']))
    .action(async (flags) => {
      const checks = await lookAtAll(edge, flags)
      const printer = createPrinter(edge, flags.json === true ? 'json' : flags.output)
      const style = styleFor(edge.stdout, edge.env)
      await printer.all('checks', checks, () => checks.map((check) => asText(check, style)).join('\n'))
      const problems = checks.filter(({ status }) => status === 'problem')
      if (problems.length === 0) return
      throw new CommandError(`${problems.map(({ name }) => name).join(', ')}: see above`, {
        code: 'CLI_UNHEALTHY',
        remedy:
          problems.find(({ remedy }) => remedy !== undefined)?.remedy ?? 'mend what is named above, then ask again',
      })
    })

async function lookAtAll(edge: Edge, flags: CommonFlags): Promise<readonly Check[]> {
  const program = {
    name: 'ledgerbus',
    status: 'ok',
    said: `version ${packageVersion()}, Node ${process.versions.node}`,
  } as const
  let session: Session | undefined
  const configuration = await look('configuration', async () => {
    session = await openSession(edge, flags)
    return { status: 'ok', said: configurationText(session) }
  })
  if (session === undefined) return [program, configuration]
  const checks = await Promise.all([lookAtKafka(session), lookAtAuditLog(session), lookAtRegistry(session)])
  edge.interrupted.throwIfAborted()
  return [program, configuration, ...checks.flat()]
}

function configurationText({ settings }: Session): string {
  const events = settings.project.events?.length ?? 0
  return settings.projectFile === undefined
    ? 'environment and flags; no ledgerbus.config.* here or above'
    : `${settings.projectFile} with ${events} events`
}

function asText({ name, status, said, remedy }: Check, style: Style): string {
  const mark = { ok: style.green('ok     '), problem: style.red('problem'), absent: style.dim('absent ') }[status]
  const what = `${mark}  ${name.padEnd(15)}  ${printable(said)}`
  return remedy === undefined ? what : `${what}\n         ${' '.repeat(15)}  ${remedy}`
}
