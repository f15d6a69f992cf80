import type { AuditEntry, ProducerRecord } from '@ledgerbus/core'

/**
 * What a transform makes of an entry: new bytes for its key or value (`null`: none), new headers. What it leaves out stays as it was, so `{}` publishes the entry unchanged; the marks of the
 * replay are added behind its headers. A key other than the entry's decides the partition, by Kafka's own rule.
 *
 * No other field, and none that is there and `undefined`: a typo must not publish what was to be changed.
 */
export type TransformedRecord = Partial<Pick<ProducerRecord, 'key' | 'value' | 'headers'>>

/**
 * Makes the record of an entry that is published again; `null` leaves the entry out. It answers at once, leaves the entry that it is given alone, and is called anew for a page that goes out
 * again, so it must give the same for the same entry.
 *
 * What it throws makes the entry fail, and so does any other answer, such as a promise or nothing: `REPLAY_ENTRY_REFUSED`. Such an entry is not published.
 */
export type ReplayTransform = (entry: AuditEntry) => TransformedRecord | null
