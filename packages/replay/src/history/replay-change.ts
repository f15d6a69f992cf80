import type { ReplayPace } from '../run/replay-pace.ts'
import type { ReplayCounts } from '../run/replay-report.ts'
import type { ReplayState } from '../status/replay-status.ts'

/**
 * What was done. `begun`: a run began, or took the replay over from another. `taken-up`: the run that had it goes on, after somebody resumed it or its place was free. `interrupted`: the run's own
 * signal ended it; `paused`, `resumed` and `cancelled`: somebody asked for it from outside.
 */
export type ReplayChangeKind =
  | 'planned'
  | 'begun'
  | 'taken-up'
  | 'paused'
  | 'resumed'
  | 'interrupted'
  | 'cancelled'
  | 'failed'
  | 'completed'

/** One line of the trail of a replay. The counts are those of all its runs together, as they stood then. */
export interface ReplayChange extends ReplayCounts {
  readonly replayId: string
  readonly kind: ReplayChangeKind
  /** The state that it brought the replay into. */
  readonly state: ReplayState
  /** By the clock of whoever did it, in milliseconds since 1970. */
  readonly atMs: number
  /** Who did it; empty where a plan names nobody. */
  readonly by: string
  /** Why it was paused, resumed or cancelled, or how it failed. */
  readonly note?: string
  /** Why the replay was planned. */
  readonly reason: string
  readonly planHash: string
  /** Entries of the plan. */
  readonly planned: number
  /** Place among what was written of the replay: rises from change to change, not by one. 0: the plan. */
  readonly step: number
  /** The name of the run that did it, one of a kind; absent where somebody did it from outside. */
  readonly runner?: string
  /** How fast a run goes that began or was taken up. */
  readonly pace?: ReplayPace
  /** Whether that run was given a yes to what the plan has to be confirmed for. */
  readonly confirmed?: boolean
}
