import type { ReplayProgress } from './replay-report.ts'

/** How a plan is carried out. */
export interface RunReplayOptions {
  /** Says yes to what `plan.confirmations` lists; needed only where it lists something. */
  readonly confirmed?: true
  /** Who runs it, 1 to 200 characters; stands in its state and its history. @default whoever planned it */
  readonly by?: string
  /** Most records a second, above 0; `Infinity`: as fast as it goes, whatever was planned. @default that of the plan, else as fast as it goes */
  readonly ratePerSecond?: number
  /** Most records handed to Kafka and not yet confirmed, 1 to 2,000. @default 2_000 */
  readonly maxInFlight?: number
  /**
   * So many times the original speed, above 0: 1 keeps the gaps between the entries' times, 2 halves them, `Infinity` keeps none, whatever was planned. Gaps shorter than a transaction takes are not kept: what comes due while one is under way
   * goes out together right after it, and what follows is on time again. Only for plans in the order of time. With `ratePerSecond` both hold. @default that of the plan, else no gaps
   */
  readonly speed?: number
  /** Longest gap with `speed`, after dividing, in milliseconds. @default 60_000 */
  readonly maxGapMs?: number
  /**
   * Waits while a target group that has members lags further behind than this, in records: so live records are not kept waiting behind a replay. `Infinity`: never waits.
   * @default 10_000
   */
  readonly maxLag?: number
  /**
   * How many entries of the replay may fail, those of earlier runs among them; with the first beyond it the run ends, and nothing behind that entry is published. Each stands in the list of errors.
   * @default 100
   */
  readonly maxErrors?: number
  /** Called after every page. What it throws ends the run. */
  readonly onProgress?: (progress: ReplayProgress) => void
  /** Ends the run after the page in flight; it can be run again and goes on there. */
  readonly signal?: AbortSignal
}
