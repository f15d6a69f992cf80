import { type AuditReading, type AuditRecord, encodeEnvelope, type Envelope } from '@ledgerbus/core'
import { aConsumerRecord, type ConsumerRecordInput } from './a-consumer-record.ts'
import { anEnvelope } from './an-envelope.ts'
import { readingOf } from './reading-of.ts'

/** What {@link anAuditRecord} may be told. */
export interface AuditRecordInput extends ConsumerRecordInput {
  /** The event in the value, unless `value` is given. @default that of `anEnvelope` */
  readonly envelope?: Partial<Envelope>
  /** @default what the value reads as: an event, a tombstone, or undecodable */
  readonly reading?: AuditReading
}

/** A record as the sink hands it to the log: `anAuditRecord({ value: null })` is a tombstone, `{ value: '{' }` undecodable. */
export function anAuditRecord(input: AuditRecordInput = {}): AuditRecord {
  const { envelope, reading, ...ofRecord } = input
  const event = anEnvelope(envelope)
  const record = aConsumerRecord({ key: event.entity?.id ?? null, value: encodeEnvelope(event), ...ofRecord })
  return { record, reading: reading ?? readingOf(record.value) }
}
