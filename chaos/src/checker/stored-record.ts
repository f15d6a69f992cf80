import type { Place } from '../ledger/ledger-event.ts'

/** A record as it stands in Kafka after a run, read by a client that is not ours. */
export interface StoredRecord extends Place {
  readonly key: string
  /** The event's id, from the header. */
  readonly event: string
  /** SHA-256 of the value. */
  readonly hash: string
  /** Of a dead letter: the record that was set aside. */
  readonly origin?: Place
}

/** Where the group and a partition ended. */
export interface PartitionEnd {
  readonly topic: string
  readonly partition: number
  /** Absent: nothing committed. */
  readonly committed?: number
  readonly end: number
}
