import { Option } from '@commander-js/extra-typings'
import { replayStates } from '@ledgerbus/replay'
import { openSession } from '../edge/session.ts'
import { withReplay } from '../edge/with-replay.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { toWhen, withWhen } from '../input/when-options.ts'
import { statusTable, statusView } from '../replay/status-view.ts'

export const replayListCommand: BuildCommand = (command, edge) =>
  withWhen(
    withCommon(withKafka(command))
      .optionsGroup('Which replays:')
      .addOption(new Option('--state <state...>', 'how they stand').choices(replayStates)),
    { by: 'planned by this person, or brought by them into the state they are in', when: 'planned' },
  )
    .addHelpText(
      'after',
      helpAfter(['ledgerbus replay list', 'ledgerbus replay list --state running paused --from -7d']),
    )
    .action(async (flags) => {
      const conditions = {
        ...toWhen(flags, edge.clock.nowMs()),
        ...(flags.state !== undefined && { states: flags.state }),
      }
      const session = await openSession(edge, flags)
      await withReplay(session, async (replay) => {
        const statuses = await replay.list({ ...conditions, signal: edge.interrupted })
        const nowMs = edge.clock.nowMs()
        await session.printer.all(
          'replays',
          statuses.map((status) => statusView(status, nowMs)),
          () => (statuses.length === 0 ? noneText(conditions) : statusTable(statuses, nowMs)),
        )
      })
    })

function noneText(conditions: object): string {
  return Object.keys(conditions).length > 0
    ? 'no replay matches; `ledgerbus replay list` shows all that this Kafka knows of'
    : 'this Kafka knows of no replay yet; `ledgerbus replay plan` makes one'
}
