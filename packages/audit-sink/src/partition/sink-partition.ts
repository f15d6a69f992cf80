/** One partition of a sink, as its operator sees it. */
export interface SinkPartition {
  readonly topic: string
  readonly partition: number
  /**
   * - `reading`: takes records and stores them in time.
   * - `held`: a range cannot be stored, or a value cannot be decoded, for now; nothing is committed and nothing is lost.
   * - `paused`: the commit points at records that Kafka no longer has; somebody must decide.
   */
  readonly state: 'reading' | 'held' | 'paused'
  /** One past the last record that is known to stand in the log, as committed. */
  readonly committed: bigint
  /** The partition's end when it was last seen. */
  readonly end: bigint
  /** `end` less `committed`: offsets, so holes count. */
  readonly lag: bigint
  /** Records taken from Kafka and not yet known to stand. */
  readonly pendingRecords: number
  readonly pendingBytes: number
  /** What holds it, since when on the wall clock and how often it was tried. */
  readonly trouble?: {
    readonly code: string
    readonly message: string
    readonly sinceMs: number
    readonly attempts: number
  }
}
