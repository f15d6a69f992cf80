import type { Envelope } from '../envelope/envelope.ts'
import type { Erasure } from './erasure.ts'
import type { ConsumerRecord } from './record.ts'

/**
 * How a record's value was read. The log stores every record: the decoded ones, tombstones, and those that could not be decoded,
 * with the reason.
 */
export type AuditReading =
  | {
      readonly status: 'ok'
      readonly envelope: Envelope
      readonly format: ValueFormat /** JSON text of a value that is not JSON itself. */
      readonly decoded?: string
    }
  | { readonly status: 'tombstone' }
  | { readonly status: 'undecodable'; readonly problem: string }
  /** Its bytes were taken out of the log on request; coordinates and times are left, the record has neither key, value nor headers. */
  | { readonly status: 'erased'; readonly erasure: Erasure }

/** How the value is encoded. */
export type ValueFormat = 'json' | 'confluent-json' | 'confluent-avro'

/** A record and how it reads. */
export interface AuditRecord {
  readonly record: ConsumerRecord
  readonly reading: AuditReading
}
