/** The steps between a record in Kafka and a committed entry, in their order. */
export const sinkStepNames = ['assigned', 'cut', 'intent', 'insert', 'quarantine', 'confirm'] as const

/**
 * A moment in the life of a range: just before or just after one of its steps.
 *
 * - `assigned`: the partition is owned, and what was recorded of it is looked at.
 * - `cut`: the records `[first, next)` are one range.
 * - `intent`: the range is recorded in the commit's metadata.
 * - `insert`: the log is asked to store it. `after`: the log confirmed all of it.
 * - `quarantine`: its events stand; what cannot stand among them is set aside. Only where there is such a record.
 * - `confirm`: the range's end is committed.
 */
export interface SinkStep {
  readonly name: (typeof sinkStepNames)[number]
  readonly phase: 'before' | 'after'
  readonly topic: string
  readonly partition: number
  readonly first: bigint
  readonly next: bigint
}

/** For tests of crashes: called at every step of every range, and waited for. */
export interface SinkHooks {
  at(step: SinkStep): Promise<void> | void
}
