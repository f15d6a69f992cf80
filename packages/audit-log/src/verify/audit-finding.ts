import type { Coordinates } from '@ledgerbus/core'

/**
 * What is wrong with one record or entry.
 *
 * - `missing`: Kafka has the record, the log has no entry of it.
 * - `foreign`: the log has the entry, and Kafka, which still holds these offsets, has no such record.
 * - `differing`: both have it, not with the same bytes.
 * - `moved`: what is missing in one place stands at another.
 * - `doubled`: readers get the entry twice.
 */
export type FindingKind = 'missing' | 'foreign' | 'differing' | 'moved' | 'doubled'

/** What of an entry differs. `erasure`: its marker stands for other bytes; `replay`: it is marked as a replay and the record is none, or the reverse. */
export type EntryPart = 'key' | 'value' | 'headers' | 'status' | 'replay' | 'erasure'

/** One finding, with the coordinates of where it is. */
export interface AuditFinding extends Coordinates {
  readonly kind: FindingKind
  /** Of `differing`. */
  readonly parts?: readonly EntryPart[]
  /** It is a copy that readers do not see; which of two copies they see may change with a merge. */
  readonly isHidden?: true
  /** Of `moved`: where it belongs. */
  readonly movedFrom?: Coordinates
}

/** Coordinates alone, of whatever has them. */
export function coordinatesOf({ cluster, topic, partition, offset, timestampMs }: Coordinates): Coordinates {
  return { cluster, topic, partition, offset, timestampMs }
}
