/** A topic to store in a log. */
export interface SinkTask {
  readonly kafkaBrokers: readonly string[]
  readonly clickhouseUrl: string
  readonly topic: string
  /** A new one: it begins at the first record. */
  readonly groupId: string
  /** Of tables that are migrated. */
  readonly tablePrefix: string
  /** Records to wait for. */
  readonly count: number
}

/** What storing them took. */
export interface SinkTaken {
  /** From `start()` until a count of the table shows them all. */
  readonly seconds: number
  /** Of all cores, in this process. */
  readonly cpuSeconds: number
  /** Most resident memory of this process meanwhile. */
  readonly peakRssBytes: number
  readonly inserts: number
}
