/** How far a replay is, all its runs together. */
export interface ReplayCounts {
  /** Published, each visible to readers of committed records. */
  readonly published: number
  /** Could not be published as asked; each stands in the list of errors. */
  readonly failed: number
  /** Left out by the transform. */
  readonly leftOut: number
}

/** How a run went. Completed, `published + failed + leftOut = planned`. */
export interface ReplayReport extends ReplayCounts {
  readonly replayId: string
  readonly planHash: string
  /**
   * `interrupted`: ended by the signal, `cancelled`: by somebody elsewhere, `failed`: by an error. All but `completed` and `cancelled` can be run again and go on where they
   * were. A run that somebody paused has no report yet: it waits.
   */
  readonly state: 'completed' | 'interrupted' | 'cancelled' | 'failed'
  readonly planned: number
  /** Published by this run alone. */
  readonly publishedNow: number
  /** Of this run, in milliseconds. */
  readonly durationMs: number
}

/** That somebody paused a run, which waits until it is resumed. */
export interface ReplayPause {
  readonly by: string
  /** Why; absent where nobody said. */
  readonly note?: string
  /** When, in milliseconds since 1970. */
  readonly atMs: number
}

/** Where a run stands, after every page. */
export interface ReplayProgress extends ReplayCounts {
  readonly replayId: string
  readonly planned: number
  readonly elapsedMs: number
  /** Records a second of this run, about, over the last few seconds. */
  readonly ratePerSecond: number
  /** What it waits for just now; absent: nothing. */
  readonly waitingFor?: string
  /** Who paused it; absent: nobody. */
  readonly paused?: ReplayPause
}
