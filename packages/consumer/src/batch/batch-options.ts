/** When a batch is handed to its handler: as soon as either holds. */
export interface BatchBounds {
  /** Most events in a batch. */
  readonly maxRecords: number
  /** Longest wait of a batch's first event for others, in milliseconds. */
  readonly maxWaitMs: number
}
