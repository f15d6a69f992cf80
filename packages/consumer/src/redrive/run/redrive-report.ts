/** What became of one letter of a plan. */
export interface LetterOutcome {
  readonly partition: number
  readonly offset: string
  /**
   * `skipped`: not to be redriven any more, or not yet. `failed`: certainly not published. `unknown`: the broker never answered; running again
   * settles it.
   */
  readonly outcome: 'redriven' | 'parked' | 'discarded' | 'skipped' | 'failed' | 'unknown'
  /** Of what was skipped or failed. */
  readonly reason?: string
}

/** Letters by what became of them. */
export interface RedriveCounts {
  readonly redriven: number
  readonly parked: number
  readonly discarded: number
  readonly skipped: number
  readonly failed: number
  readonly unknown: number
  /** Of the redriven: handled, as far as their group told while the run lasted. */
  readonly resolved: number
  /** Of the redriven: failed again, as far as their group told while the run lasted. */
  readonly failedAgain: number
}

/** Where a run stands, after every page. */
export interface RedriveProgress extends RedriveCounts {
  readonly redriveId: string
  readonly planned: number
  /** Letters whose outcome is certain. */
  readonly done: number
  readonly elapsedMs: number
}

/** How a run went. */
export interface RedriveReport extends RedriveCounts {
  readonly redriveId: string
  readonly planHash: string
  /** `empty`: the plan selects nothing; `interrupted`: ended by the signal; `stopped`: ended by an error. Run the same plan again to go on. */
  readonly state: 'completed' | 'empty' | 'interrupted' | 'stopped'
  readonly planned: number
  readonly durationMs: number
  /** In the order of the plan; letters that were not reached are missing. */
  readonly letters: readonly LetterOutcome[]
}
