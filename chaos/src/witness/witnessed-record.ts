import type { StoredRecord } from '../checker/stored-record.ts'
import type { Place } from '../ledger/ledger-event.ts'

/** A record as the witness writes it down. */
export interface WitnessedRecord extends StoredRecord {
  /** Kafka's timestamp, in decimal. */
  readonly timestampMs: string
  /** It has no value, not even an empty one. */
  readonly isTombstone: boolean
  /** Of all that makes up the record, headers by name. */
  readonly digest: string
  /** Of what a replay must not touch: see `bareDigest`. */
  readonly bare: string
  /** What a replay says of it; absent where no header names one. */
  readonly marks?: WitnessedMarks
}

/** The marks of a replay as they stand in the headers, whatever they say. */
export interface WitnessedMarks {
  readonly replayId: string
  readonly sequence: number
  readonly mode: string
  readonly of: Place
  readonly originalTimestampMs: string
  /** As JSON. */
  readonly groups: string
  readonly reason: string
}
