import type { WaitOptions } from '@ledgerbus/core'
import type { ListReplaysOptions, ReplayHistoryOptions } from './history/find-options.ts'
import type { ReplayChange } from './history/replay-change.ts'
import type { PlanProgress } from './plan/plan-progress.ts'
import type { ReplayPlan } from './plan/replay-plan.ts'
import type { ReplayRequest } from './plan/replay-request.ts'
import type { ReplayReport } from './run/replay-report.ts'
import type { RunReplayOptions } from './run/run-options.ts'
import type { ReplayEntryError, ReplayStatus } from './status/replay-status.ts'

/** Options of what changes the state of a replay from outside. */
export interface ReplayControlOptions extends WaitOptions {
  /** Who does it, 1 to 200 characters. */
  readonly by: string
  /** Why, at most 500 characters. */
  readonly note?: string
}

/** Options of planning. */
export interface PlanOptions extends WaitOptions {
  /** Whether the plan is kept in Kafka. @default 'yes' */
  readonly keep?: 'yes' | 'no'
  /** Called now and then while entries are read one by one. What it throws ends the planning. */
  readonly onProgress?: (progress: PlanProgress) => void
}

/** Publishes ranges of the audit log again. */
export interface Replay {
  /**
   * Freezes and counts what a request selects. Publishes nothing. The plan is kept in Kafka, so that `run` needs only its id; with `keep: 'no'` it is not, and can be looked at only.
   *
   * Where definitions are at hand every entry is read once, and from Kafka everything is read to be counted: minutes for millions of entries. `onProgress` tells how far that is.
   *
   * @throws ReplayError `REPLAY_BOUNDS_REQUIRED`, `REPLAY_BOUNDS_REVERSED`, `REPLAY_REQUEST_INVALID`, `REPLAY_TARGET_UNKNOWN`, `REPLAY_TARGET_NOT_ALLOWED`,
   * `REPLAY_PLAN_TOO_LARGE`; where it is kept, `REPLAY_PUBLISH_FAILED`, `REPLAY_PUBLISH_UNKNOWN`
   */
  plan(request: ReplayRequest, options?: PlanOptions): Promise<ReplayPlan>
  /**
   * Carries a plan out: each planned entry once to readers of committed records, whatever is killed. The records of a page and the word how far the run is become
   * visible in one Kafka transaction; a run that goes on does so behind the last of these. Of two runners of one replay the later goes on, and the earlier stops with
   * `REPLAY_FENCED`.
   *
   * Resolves when all is published, when the signal ended it, or when somebody cancelled it. A run that somebody paused waits until it is resumed. To run a replay that
   * is paused resumes it: whoever starts runners again by itself looks at `status` first.
   *
   * An abort before the plan is at hand rejects with the signal's reason; from then on it resolves with a report.
   *
   * @param plan or its id
   * @throws ReplayError `REPLAY_UNKNOWN`, `REPLAY_STATE_UNREADABLE`, `REPLAY_REQUEST_INVALID`, `REPLAY_ENDED`, `REPLAY_NOT_CONFIRMED`, `REPLAY_PLAN_ALTERED`, `REPLAY_PLAN_INCOMPLETE`,
   * `REPLAY_TARGET_NOT_ALLOWED`, `REPLAY_TOO_LARGE`, `REPLAY_PREMISES_CHANGED`, `REPLAY_FENCED`, `REPLAY_READ_FAILED`, `REPLAY_PUBLISH_FAILED`, `REPLAY_PUBLISH_UNKNOWN`, `REPLAY_COUNT_MISMATCH`, `REPLAY_TOO_MANY_ERRORS`
   */
  run(plan: ReplayPlan | string, options?: RunReplayOptions): Promise<ReplayReport>
  /** How a replay stands. @throws ReplayError `REPLAY_UNKNOWN`, `REPLAY_STATE_UNREADABLE` */
  status(replayId: string, options?: WaitOptions): Promise<ReplayStatus>
  /** How a replay stands, now and after every change, until it is completed or cancelled, or failed. From any process. @throws ReplayError `REPLAY_UNKNOWN`, `REPLAY_STATE_UNREADABLE` */
  watch(replayId: string, options?: WaitOptions): AsyncIterable<ReplayStatus>
  /**
   * All replays that Kafka knows of, or some of them, the newest first: who asked for them, why, and what became of them. One whose plan or state cannot be read, as a later version wrote it, is left
   * out and told in the log.
   *
   * @throws ReplayError `REPLAY_REQUEST_INVALID`
   */
  list(options?: ListReplaysOptions): Promise<readonly ReplayStatus[]>
  /**
   * What was done with replays, by whom and why, in the order of time: each begins with its plan, then tells every run that began and how it ended, every pause, and who resumed or cancelled it.
   * Each of these is written once, in the transaction that does it, and kept as long as the topic is. What cannot be read, as a later version wrote it, is left out and told in the log.
   *
   * @throws ReplayError `REPLAY_UNKNOWN`, `REPLAY_REQUEST_INVALID`
   */
  history(options?: ReplayHistoryOptions): Promise<readonly ReplayChange[]>
  /** The entries that could not be published as asked, in the order in which they failed. @throws ReplayError `REPLAY_UNKNOWN`, `REPLAY_STATE_UNREADABLE` */
  errors(replayId: string, options?: WaitOptions): AsyncIterable<ReplayEntryError>
  /**
   * Nothing more is published once this resolves. Its runner, if one is alive, waits for `resume`.
   *
   * @throws ReplayError `REPLAY_UNKNOWN`, `REPLAY_STATE_UNREADABLE`, `REPLAY_REQUEST_INVALID`, `REPLAY_ENDED`, `REPLAY_NOT_RUNNING`, `REPLAY_PUBLISH_FAILED`, `REPLAY_PUBLISH_UNKNOWN`
   */
  pause(replayId: string, options: ReplayControlOptions): Promise<ReplayStatus>
  /**
   * Lets the runner that waits go on; where none is alive, `run` goes on.
   *
   * @throws ReplayError `REPLAY_UNKNOWN`, `REPLAY_STATE_UNREADABLE`, `REPLAY_REQUEST_INVALID`, `REPLAY_ENDED`, `REPLAY_NOT_PAUSED`, `REPLAY_PUBLISH_FAILED`, `REPLAY_PUBLISH_UNKNOWN`
   */
  resume(replayId: string, options: ReplayControlOptions): Promise<ReplayStatus>
  /**
   * Nothing more is published once this resolves, ever.
   *
   * @throws ReplayError `REPLAY_UNKNOWN`, `REPLAY_STATE_UNREADABLE`, `REPLAY_REQUEST_INVALID`, `REPLAY_ENDED`, `REPLAY_PUBLISH_FAILED`, `REPLAY_PUBLISH_UNKNOWN`
   */
  cancel(replayId: string, options: ReplayControlOptions): Promise<ReplayStatus>
  /** Ends what runs after its page in flight, and waits for it. Idempotent. */
  close(): Promise<void>
}
