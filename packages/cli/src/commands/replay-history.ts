import type { ReplayHistoryOptions } from '@ledgerbus/replay'
import { openSession } from '../edge/session.ts'
import { withReplay } from '../edge/with-replay.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { guessingReplays } from '../input/known-replays.ts'
import { toWhen, withWhen } from '../input/when-options.ts'
import { changeTable, changeView } from '../replay/change-view.ts'

export const replayHistoryCommand: BuildCommand = (command, edge) =>
  withWhen(withCommon(withKafka(command)).argument('[replay-id]', 'this replay alone').optionsGroup('What of it:'), {
    by: 'done by this person',
    when: 'done',
  })
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus replay history 00000000-0000-7000-8000-000000000001',
        'ledgerbus replay history --by ann --from -7d -o jsonl',
      ]),
    )
    .action(async (replayId, flags) => {
      const conditions: ReplayHistoryOptions = {
        ...toWhen(flags, edge.clock.nowMs()),
        ...(replayId !== undefined && { replayId }),
        signal: edge.interrupted,
      }
      const session = await openSession(edge, flags)
      await withReplay(session, async (replay) => {
        const changes = await guessingReplays(replay, replayId ?? '', () => replay.history(conditions))
        await session.printer.all('changes', changes.map(changeView), () =>
          changes.length === 0 ? 'nothing was done with a replay that matches' : changeTable(changes),
        )
      })
    })
