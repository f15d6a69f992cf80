import { openSession } from '../edge/session.ts'
import { withReplay } from '../edge/with-replay.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { guessingReplays } from '../input/known-replays.ts'
import { planText } from '../replay/plan-text.ts'
import { planView } from '../replay/plan-view.ts'
import { statusText, statusView } from '../replay/status-view.ts'

export const replayShowCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(command))
    .argument('<replay-id>', 'the replay')
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus replay show 00000000-0000-7000-8000-000000000001',
        'ledgerbus replay show 00000000-0000-7000-8000-000000000001 -o json',
      ]),
    )
    .action(async (replayId, flags) => {
      const session = await openSession(edge, flags)
      await withReplay(session, async (replay) => {
        const status = await guessingReplays(replay, replayId, () =>
          replay.status(replayId, { signal: edge.interrupted }),
        )
        const nowMs = edge.clock.nowMs()
        await session.printer.value(
          { status: statusView(status, nowMs), plan: planView(status.plan) },
          () => `${planText(status.plan)}\n\n${statusText(status, { nowMs, flags })}`,
        )
      })
    })
