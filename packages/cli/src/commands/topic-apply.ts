import { applyTopics, createEventRegistry, isLedgerbusError, type TopicReport } from '@ledgerbus/core'
import { withAdmin } from '../edge/connect.ts'
import { openSession } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { requireEvents } from '../input/require-events.ts'
import type { BuildCommand } from '../input/build-command.ts'

export const topicApplyCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(command))
    .option('--check', 'change nothing; fail when a topic is missing or differs')
    .addHelpText('after', helpAfter(['ledgerbus topic apply', 'ledgerbus topic apply --check']))
    .action(async (flags) => {
      const session = await openSession(edge, flags)
      const specs = createEventRegistry(requireEvents(session.settings)).topics()
      const mode = flags.check === true ? 'check' : 'create'
      const report = await withAdmin(session, (admin) => applyTopics(admin, specs, { mode })).catch(asDifference)
      await session.printer.value({ ...report }, () => asText(report))
      if (report.differing.length > 0) throw differs(report)
    })

/** A missing topic is what `--check` looks for, so it is its answer and not a wrong call. */
function asDifference(error: unknown): never {
  if (!isLedgerbusError(error) || error.code !== 'TOPICS_MISSING') throw error
  throw new CommandError(error.message, {
    code: 'CLI_TOPICS_DIFFER',
    remedy: 'create them with `ledgerbus topic apply`',
  })
}

function asText({ created, present, differing }: TopicReport): string {
  return [
    ...created.map((name) => `created  ${name}`),
    ...present.map((name) => `present  ${name}`),
    ...differing.map(
      ({ name, declaredPartitions, actualPartitions }) =>
        `differs  ${name}: ${actualPartitions} partitions, declared are ${declaredPartitions}`,
    ),
  ].join('\n')
}

function differs({ differing }: TopicReport): CommandError {
  const names = differing.map(({ name }) => name).join(', ')
  return new CommandError(`${names}: not as declared; nothing was changed there`, {
    code: 'CLI_TOPICS_DIFFER',
    remedy:
      'declare the number of partitions the topic has, or move to a new topic: changing it moves keys and their order',
  })
}
