import type { StoredRecord } from '../checker/stored-record.ts'

/** A record as the witness writes it down. */
export interface WitnessedRecord extends StoredRecord {
  /** Kafka's timestamp, in decimal. */
  readonly timestampMs: string
  /** It has no value, not even an empty one. */
  readonly isTombstone: boolean
  /** Of all that makes up the record, headers by name. */
  readonly digest: string
}
