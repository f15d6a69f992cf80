import { openSession } from '../edge/session.ts'
import { withReplay } from '../edge/with-replay.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { guessingReplays } from '../input/known-replays.ts'
import { measureRate } from '../replay/measure-rate.ts'
import { statusText, statusView } from '../replay/status-view.ts'
import { watchReplay } from '../replay/watch-replay.ts'

export const replayStatusCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(command))
    .argument('<replay-id>', 'the replay')
    .optionsGroup('What is shown:')
    .option('--watch', 'go on showing it until it has ended')
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus replay status 00000000-0000-7000-8000-000000000001',
        'ledgerbus replay status 00000000-0000-7000-8000-000000000001 --watch -o jsonl',
      ]),
    )
    .action(async (replayId, flags) => {
      const session = await openSession(edge, flags)
      await withReplay(session, (replay) =>
        guessingReplays(replay, replayId, async () => {
          const status = await replay.status(replayId, { signal: edge.interrupted })
          if (flags.watch === true) return await watchReplay(session, replay, { now: status, flags })
          const { status: last, ratePerSecond } = await measureRate(replay, status, edge)
          const nowMs = edge.clock.nowMs()
          await session.printer.value(statusView(last, nowMs, ratePerSecond), () =>
            statusText(last, { nowMs, ratePerSecond, flags }),
          )
        }),
      )
    })
