import type { ReplayPlan } from '../plan/replay-plan.ts'
import type { StateChange } from '../store/state-change.ts'
import type { ReplayChange, ReplayChangeKind } from './replay-change.ts'

/** The trail of some replays: each begins with its plan, and all together are in the order of time. */
export function changesOf(plans: readonly ReplayPlan[], stored: readonly StateChange[]): readonly ReplayChange[] {
  const trails = new Map<string, ReplayChange[]>(plans.map((plan) => [plan.replayId, [planned(plan)]]))
  const runners = new Set<string>()
  for (const change of stored) {
    const { replayId, runner } = change
    const trail = trails.get(replayId) ?? []
    trails.set(replayId, trail)
    trail.push({ ...change, kind: kindOf(change, runners) })
    if (runner !== undefined) runners.add(runner)
  }
  return [...trails.values()]
    .flatMap(timed)
    .toSorted((a, b) => a.orderMs - b.orderMs)
    .map(({ change }) => change)
}

function planned({ replayId, plannedAtMs, by, reason, hash, summary: { entries } }: ReplayPlan): ReplayChange {
  const counts = { published: 0, failed: 0, leftOut: 0 }
  const what = { kind: 'planned', state: 'planned', step: 0 } as const
  return { replayId, ...what, atMs: plannedAtMs, by, reason, planHash: hash, planned: entries, ...counts }
}

/** @param runners that were seen before */
function kindOf({ state, runner }: StateChange, runners: ReadonlySet<string>): ReplayChangeKind {
  switch (state) {
    case 'running':
      if (runner === undefined) return 'resumed'
      return runners.has(runner) ? 'taken-up' : 'begun'
    case 'paused':
      return runner === undefined ? 'paused' : 'interrupted'
    case 'cancelled':
    case 'failed':
    case 'completed':
      return state
  }
}

/** The clocks of two machines may disagree on what came first in a replay; its steps do not, so none is put before its predecessor. */
function timed(trail: readonly ReplayChange[]): { readonly change: ReplayChange; readonly orderMs: number }[] {
  let orderMs = Number.NEGATIVE_INFINITY
  return trail.map((change) => {
    orderMs = Math.max(orderMs, change.atMs)
    return { change, orderMs }
  })
}
