import type { WaitOptions } from '@ledgerbus/core'
import type { ReplayStatus } from '../status/replay-status.ts'
import { statusOf } from '../status/status-of.ts'
import type { ReplayStore } from '../store/replay-store.ts'
import { isWithin, type ListReplaysOptions } from './find-options.ts'

/** How replays stand, the newest first. */
export async function findReplays(
  store: ReplayStore,
  { states, by, ...range }: Omit<ListReplaysOptions, 'signal'>,
  wait: WaitOptions,
): Promise<readonly ReplayStatus[]> {
  const [plans, last] = await Promise.all([store.plans(wait), store.lastCheckpoints(wait)])
  return plans
    .flatMap((plan) => {
      const checkpoint = last.get(plan.replayId)
      // How it stands is for the version to tell that wrote it; to call it planned would be a lie.
      return checkpoint === 'unreadable' ? [] : [statusOf(plan, checkpoint)]
    })
    .filter((status) => states === undefined || states.includes(status.state))
    .filter((status) => by === undefined || status.by === by || status.plan.by === by)
    .filter((status) => isWithin(status.plan.plannedAtMs, range))
    .toSorted((a, b) => b.plan.plannedAtMs - a.plan.plannedAtMs)
}
