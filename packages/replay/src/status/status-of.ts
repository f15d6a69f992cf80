import type { ReplayPlan } from '../plan/replay-plan.ts'
import type { Checkpoint } from '../store/checkpoint.ts'
import type { ReplayStatus } from './replay-status.ts'

/** How a replay stands, by its plan and its last checkpoint. */
export function statusOf(plan: ReplayPlan, last: Checkpoint | undefined): ReplayStatus {
  const { replayId } = plan
  if (last === undefined) return { replayId, state: 'planned', plan, published: 0, failed: 0, leftOut: 0, by: plan.by }
  const { state, published, failed, leftOut, startedAtMs, atMs, by, note, pace, waitingFor } = last
  const isOver = state === 'completed' || state === 'failed' || state === 'cancelled'
  return {
    replayId,
    state,
    plan,
    published,
    failed,
    leftOut,
    ...(startedAtMs !== undefined && { startedAtMs }),
    lastSignMs: atMs,
    ...(isOver && { endedAtMs: atMs }),
    by,
    ...(note !== undefined && { note }),
    ...(pace !== undefined && { pace }),
    ...(waitingFor !== undefined && { waitingFor }),
  }
}
