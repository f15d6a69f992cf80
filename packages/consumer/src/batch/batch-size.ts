/** How many records the next batch may have. */
export interface BatchSize {
  readonly most: number
  /** A batch failed and no record was named: half as many are tried next, until the one that fails is alone. */
  shrink(): void
  /** A batch was handled: the next one may be twice as large. */
  grow(): void
}

export function createBatchSize(maxRecords: number): BatchSize {
  let most = maxRecords
  return {
    get most() {
      return most
    },
    shrink() {
      most = Math.max(1, Math.floor(most / 2))
    },
    grow() {
      most = Math.min(maxRecords, most * 2)
    },
  }
}
