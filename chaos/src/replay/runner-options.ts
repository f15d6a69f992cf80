/** What a runner is started with, as JSON on its command line. */
export interface RunnerOptions {
  readonly name: string
  /** Its ledger. */
  readonly file: string
  readonly brokers: readonly string[]
  readonly clickhouseUrl: string
  readonly tablePrefix: string
  readonly replayId: string
  /** Absent: as fast as it goes. */
  readonly ratePerSecond?: number
  readonly maxInFlight: number
  readonly requestTimeoutMs: number
}

/** How a runner ends that said why in its ledger. */
export const runnerExitCodes = {
  /** The replay is over. */
  over: 0,
  /** It was interrupted, shut out, or gave up: the replay may be run again. */
  leftOff: 4,
} as const
