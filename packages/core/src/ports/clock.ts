/** Time, so that tests own it. */
export interface Clock {
  /** Milliseconds since 1970; may jump. */
  nowMs(): number
  /** Milliseconds since some moment; never runs backwards. For durations. */
  monotonicMs(): number
  /** Resolves after `ms`; an abort ends it early and rejects with the signal's reason. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Calls `action` once after `ms`. Returns what cancels it. Does not keep the process alive. */
  schedule(ms: number, action: () => void): () => void
}
