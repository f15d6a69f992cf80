import type { WitnessedMarks, WitnessedRecord } from '../../witness/witnessed-record.ts'

/** A record that a replay published. */
export interface MarkedRecord extends WitnessedRecord {
  readonly marks: WitnessedMarks
}
