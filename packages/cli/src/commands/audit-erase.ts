import { Option } from '@commander-js/extra-typings'
import type { ErasurePlan, ErasureSelection } from '@ledgerbus/core'
import { erasurePlanText, erasurePlanView, erasureReportText } from '../audit/erasure-view.ts'
import { withAuditLog } from '../edge/connect.ts'
import type { Edge } from '../edge/edge.ts'
import { type CommonFlags, openSession } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { collect, collectPattern, type Subject, subject } from '../input/values.ts'
import { createProgress } from '../output/progress.ts'
import { counted } from '../output/table.ts'
import { write } from '../output/write.ts'
import { parseTime } from '../times/parse-time.ts'

type EraseFlags = CommonFlags & {
  readonly eventId?: string[]
  readonly entity?: Subject
  readonly actor?: Subject
  readonly organization?: string
  readonly correlation?: string
  readonly event?: string[]
  readonly topic?: string[]
  readonly from?: string
  readonly to?: string
  readonly timeField: 'event' | 'kafka'
  readonly reason?: string
  readonly by?: string
  readonly dryRun?: true
  readonly yes?: true
}

export const auditEraseCommand: BuildCommand = (command, edge) =>
  withCommon(withClickHouse(command))
    .optionsGroup('Whose entries, at least one of:')
    .option('--event-id <id>', 'this very event; repeatable', collect)
    .option('--entity <type/id>', 'of this entity', subject)
    .option('--actor <type/id>', 'caused by this actor', subject)
    .option('--organization <id>', 'of this organization')
    .option('--correlation <id>', 'of this story')
    .optionsGroup('Only those:')
    .option('--event <pattern>', "name, or pattern such as 'order.*'; repeatable", collectPattern)
    .option('--topic <name>', 'from this topic; repeatable', collect)
    .option('--from <time>', 'from this time on: 2026-01-31 (midnight UTC), 2026-01-31T12:00:00Z, -2h, now')
    .option('--to <time>', 'up to this time, exclusive')
    .addOption(
      new Option('--time-field <field>', 'the time meant: when the event happened, or when Kafka took it')
        .choices(['event', 'kafka'] as const)
        .default('event' as const),
    )
    .optionsGroup('What is done with them:')
    .option('--reason <text>', 'why; stands in every entry for good, so it names nobody')
    .option('--by <name>', 'who asked for it')
    .option('--dry-run', 'print the plan and erase nothing')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus audit erase --entity order/o-7 --dry-run',
        "ledgerbus audit erase --actor user/u-1 --reason 'request 42' --by dpo@example.org --yes",
      ]),
    )
    .action(async (flags: EraseFlags) => {
      const selection = toSelection(flags, edge.clock.nowMs())
      const word = flags.dryRun === true ? undefined : wordOf(flags)
      const session = await openSession(edge, flags)
      const { printer } = session
      await withAuditLog(session, async (auditLog) => {
        const wait = { signal: edge.interrupted }
        const plan = await auditLog.planErasure(selection, wait)
        if (word === undefined) {
          await printer.value(
            { dryRun: true, plan: erasurePlanView(plan) },
            () => `${erasurePlanText(plan)}\n\ndry run: nothing was erased`,
          )
          return
        }
        // As JSON the plan comes with the report, in one value.
        if (printer.format === 'text') await write(edge.stdout, `${erasurePlanText(plan)}\n`)
        if (plan.entries > 0) await confirm(plan, edge, flags)
        // Also of an empty plan: rows of a former erasure, killed half-way or brought back by a late insert, are removed.
        const progress = await createProgress(edge, { what: 'erasing', total: plan.entries, done: 0 })
        const report = await auditLog
          .erase(plan, { ...word, ...wait, onProgress: (erased) => progress.update(erased) })
          .finally(() => progress.stop())
        await printer.value(
          { dryRun: false, plan: erasurePlanView(plan), report },
          () => `\n${erasureReportText(report)}`,
        )
      })
    })

function toSelection(flags: EraseFlags, nowMs: number): ErasureSelection {
  const { eventId, entity, actor, organization, correlation, event, topic, from, to, timeField } = flags
  return {
    ...(eventId !== undefined && { eventIds: eventId }),
    ...(entity !== undefined && { entityType: entity.type, ...(entity.id !== undefined && { entityId: entity.id }) }),
    ...(actor !== undefined && { actorType: actor.type, ...(actor.id !== undefined && { actorId: actor.id }) }),
    ...(organization !== undefined && { organizationId: organization }),
    ...(correlation !== undefined && { correlationId: correlation }),
    ...(event !== undefined && { names: event }),
    ...(topic !== undefined && { topics: topic }),
    ...(from !== undefined && { fromMs: parseTime(from, { flag: '--from', nowMs }) }),
    ...(to !== undefined && { toMs: parseTime(to, { flag: '--to', nowMs }) }),
    timeField,
  }
}

function wordOf({ reason = '', by = '' }: EraseFlags): { readonly reason: string; readonly by: string } {
  const missing = [...(reason === '' ? ['--reason'] : []), ...(by === '' ? ['--by (who asked for it)'] : [])]
  if (missing.length === 0) return { reason, by }
  throw new CommandError(`to erase, ${missing.join(' and ')} is needed`, {
    code: 'CLI_USAGE',
    remedy: 'add it, or add --dry-run to see the plan',
  })
}

/** @throws CommandError `CLI_NOT_CONFIRMED` */
async function confirm({ entries }: ErasurePlan, edge: Edge, { yes }: EraseFlags): Promise<void> {
  if (yes === true) return
  const what = counted(entries, 'entry', 'entries')
  if (edge.stdin.isTTY !== true || edge.stderr.isTTY !== true) {
    throw new CommandError(`erasing ${what} has to be confirmed`, {
      code: 'CLI_NOT_CONFIRMED',
      remedy: 'look at the plan with --dry-run, then add --yes',
    })
  }
  await write(edge.stderr, `\nThis removes the bytes of ${what} for good.\n`)
  if (await edge.prompts.confirm('Erase them?')) return
  throw new CommandError('not confirmed; nothing was erased', { code: 'CLI_NOT_CONFIRMED' })
}
