/** How a run went. At its end `publishedBefore + published = planned`. */
export interface ReplayReport {
  readonly replayId: string
  readonly planHash: string
  /** `empty`: the plan selects nothing; `interrupted`: ended by the signal, go on with `resumeCursor`; `stopped`: ended by an error. */
  readonly state: 'completed' | 'empty' | 'interrupted' | 'stopped'
  readonly planned: number
  /** Published by earlier runs of this replay, as the cursor says. */
  readonly publishedBefore: number
  /** Published by this run, each confirmed by the broker. */
  readonly published: number
  /** Handed to the broker and certainly not visible to readers of committed records. */
  readonly failed: number
  /** Handed to the broker and never answered: they may be there or not. */
  readonly unknown: number
  readonly durationMs: number
  /** Behind the last page known to be published; absent before the first one and after the last. */
  readonly resumeCursor?: string
}

/** Where a run stands, after every page. */
export interface ReplayProgress {
  readonly replayId: string
  readonly planned: number
  /** In all, with what earlier runs published. */
  readonly published: number
  readonly elapsedMs: number
  /** Behind the last page published. */
  readonly resumeCursor?: string
}
