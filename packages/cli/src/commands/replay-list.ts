import { openSession } from '../edge/session.ts'
import { withReplay } from '../edge/with-replay.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { statusTable, statusView } from '../replay/status-view.ts'

export const replayListCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(command))
    .addHelpText('after', helpAfter(['ledgerbus replay list', 'ledgerbus replay list -o jsonl']))
    .action(async (flags) => {
      const session = await openSession(edge, flags)
      await withReplay(session, async (replay) => {
        const statuses = await replay.list({ signal: edge.interrupted })
        const nowMs = edge.clock.nowMs()
        await session.printer.all(
          'replays',
          statuses.map((status) => statusView(status, nowMs)),
          () =>
            statuses.length === 0
              ? 'this Kafka knows of no replay yet; `ledgerbus replay plan` makes one'
              : statusTable(statuses, nowMs),
        )
      })
    })
