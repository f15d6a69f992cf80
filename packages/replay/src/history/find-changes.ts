import type { WaitOptions } from '@ledgerbus/core'
import type { ReplayStore } from '../store/replay-store.ts'
import { unknownReplay } from '../store/unknown-replay.ts'
import { changesOf } from './changes-of.ts'
import { isWithin, type ReplayHistoryOptions } from './find-options.ts'
import type { ReplayChange } from './replay-change.ts'

/** What was done with replays, as Kafka tells it, in the order of time. @throws ReplayError `REPLAY_UNKNOWN` */
export async function findChanges(
  store: ReplayStore,
  { replayId, by, ...range }: Omit<ReplayHistoryOptions, 'signal'>,
  wait: WaitOptions,
): Promise<readonly ReplayChange[]> {
  const [plans, stored] = await Promise.all([store.plans(wait), store.changes(replayId, wait)])
  // All changes of a replay are looked at, whichever are asked for: what one of them is depends on those before it.
  const changes = changesOf(
    plans.filter((plan) => replayId === undefined || plan.replayId === replayId),
    stored,
  )
  if (replayId !== undefined && changes.length === 0) throw unknownReplay(replayId)
  return changes.filter((change) => (by === undefined || change.by === by) && isWithin(change.atMs, range))
}
