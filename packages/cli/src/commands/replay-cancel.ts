import { openSession } from '../edge/session.ts'
import { withReplay } from '../edge/with-replay.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { guessingReplays } from '../input/known-replays.ts'
import { toControl, withControl } from '../input/replay-options.ts'
import { tellState } from '../replay/tell-state.ts'

export const replayCancelCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withControl(command)))
    .argument('<replay-id>', 'the replay')
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus replay cancel 00000000-0000-7000-8000-000000000001',
        "ledgerbus replay cancel 00000000-0000-7000-8000-000000000001 --note 'the wrong range' --by ann",
      ]),
    )
    .action(async (replayId, flags) => {
      const control = toControl(flags, edge)
      const session = await openSession(edge, flags)
      await withReplay(session, async (replay) => {
        await tellState(session, await guessingReplays(replay, replayId, () => replay.cancel(replayId, control)))
      })
    })
