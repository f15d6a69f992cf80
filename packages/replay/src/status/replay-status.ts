import type { ReplayPlan } from '../plan/replay-plan.ts'
import type { ReplayPace } from '../run/replay-pace.ts'
import type { ReplayCounts } from '../run/replay-report.ts'

/** `planned`: never run. `running`: by a runner, or left by one that was killed: see `lastSignMs`. */
export type ReplayState = 'planned' | 'running' | 'paused' | 'completed' | 'failed' | 'cancelled'

/** Every state, in the order in which a replay may come to them. */
export const replayStates: readonly ReplayState[] = Object.freeze([
  'planned',
  'running',
  'paused',
  'completed',
  'failed',
  'cancelled',
] as const)

/** How a replay stands, as Kafka tells it. */
export interface ReplayStatus extends ReplayCounts {
  readonly replayId: string
  readonly state: ReplayState
  readonly plan: ReplayPlan
  /** When its first run began, in milliseconds since 1970; absent while it is only planned. */
  readonly startedAtMs?: number
  /** The runner's last sign of life: it gives one every few seconds while it runs. */
  readonly lastSignMs?: number
  /** When it was completed, failed or cancelled. */
  readonly endedAtMs?: number
  /** Who brought it into this state. */
  readonly by: string
  /** Why it was paused, cancelled, or failed. */
  readonly note?: string
  /** How fast its last run went, also when nobody runs it any more; absent before the first. */
  readonly pace?: ReplayPace
  /** What its runner waited for at its last sign of life, such as a group that lags behind; absent: nothing. */
  readonly waitingFor?: string
}

/** An entry that could not be published as asked. */
export interface ReplayEntryError {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Kafka's timestamp, in milliseconds since 1970. */
  readonly timestampMs: number
  readonly eventId?: string
  readonly code: string
  readonly message: string
}
