/** How long one call of a handler may take, in milliseconds. */
export interface TimeLimit {
  readonly timeoutMs: number
  /** From the time-out on. */
  readonly abandonAfterMs: number
}
