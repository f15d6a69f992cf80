/** Randomness for jitter, so that tests own it. */
export interface Random {
  /** In `[0, 1)`. */
  next(): number
}
