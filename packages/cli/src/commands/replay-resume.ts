import type { Replay, ReplayStatus } from '@ledgerbus/replay'
import type { Edge } from '../edge/edge.ts'
import { openSession } from '../edge/session.ts'
import { withReplay } from '../edge/with-replay.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { guessingReplays } from '../input/known-replays.ts'
import { toControl, toPaceFlags, withControl } from '../input/replay-options.ts'
import { write } from '../output/write.ts'
import { runCommand } from '../replay/run-command.ts'
import { tellState } from '../replay/tell-state.ts'
import { watchFor } from '../replay/watch-for.ts'

/** A runner that waits looks for a change every few seconds at the latest. */
const patienceMs = 10_000

export const replayResumeCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withControl(command)))
    .argument('<replay-id>', 'the replay')
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus replay resume 00000000-0000-7000-8000-000000000001',
        "ledgerbus replay resume 00000000-0000-7000-8000-000000000001 --note 'the peak is over' --by ann",
      ]),
    )
    .action(async (replayId, flags) => {
      const control = toControl(flags, edge)
      const session = await openSession(edge, flags)
      await withReplay(session, async (replay) => {
        const resumed = await guessingReplays(replay, replayId, () => replay.resume(replayId, control))
        const taken = await takenUp(replay, resumed, edge)
        if (taken !== undefined) return await tellState(session, taken, { hasRunner: true })
        const next = runCommand(replayId, { ...toPaceFlags(resumed.pace, resumed.plan), ...flags })
        await tellState(session, resumed, { hasRunner: false, runCommand: next })
        await write(edge.stderr, `no runner took it up within ${patienceMs / 1_000} s. Run it with:\n  ${next}\n`)
      })
    })

/** The first status after a runner gave a sign of life; `undefined` where none did in time. */
async function takenUp(replay: Replay, resumed: ReplayStatus, edge: Edge): Promise<ReplayStatus | undefined> {
  for await (const status of watchFor(replay, resumed.replayId, patienceMs, edge)) {
    if (isLaterThan(resumed, status)) return status
  }
  return undefined
}

function isLaterThan(resumed: ReplayStatus, { state, lastSignMs }: ReplayStatus): boolean {
  return state !== resumed.state || (lastSignMs ?? 0) > (resumed.lastSignMs ?? 0)
}
