import type { AuditEntry, ProducerRecord } from '@ledgerbus/core'

/** What a transform makes of an entry. What it leaves out stays as it was; marks of the replay are added behind it. */
export type TransformedRecord = Partial<Pick<ProducerRecord, 'key' | 'value' | 'headers'>>

/**
 * Makes the record of an entry that is published again; `null` leaves the entry out. It is called anew for a page that goes out again, so it must give the same for the
 * same entry. What it throws makes the entry fail.
 */
export type ReplayTransform = (entry: AuditEntry) => TransformedRecord | null
