import {
  type AuditReading,
  type AuditRecord,
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
  isLedgerbusError,
} from '@ledgerbus/core'
import { aConsumerRecord, type ConsumerRecordInput } from './a-consumer-record.ts'
import { anEnvelope } from './an-envelope.ts'

/** What {@link anAuditRecord} may be told. */
export interface AuditRecordInput extends ConsumerRecordInput {
  /** The event in the value, unless `value` is given. @default that of `anEnvelope` */
  readonly envelope?: Partial<Envelope>
  /** @default what the value reads as: an event, a tombstone, or undecodable */
  readonly reading?: AuditReading
}

function read(value: Uint8Array | null): AuditReading {
  if (value === null) return { status: 'tombstone' }
  try {
    return { status: 'ok', envelope: decodeEnvelope(value), format: 'json' }
  } catch (error) {
    if (!isLedgerbusError(error)) throw error
    return { status: 'undecodable', problem: error.message }
  }
}

/** A record as the sink hands it to the log: `anAuditRecord({ value: null })` is a tombstone, `{ value: '{' }` undecodable. */
export function anAuditRecord(input: AuditRecordInput = {}): AuditRecord {
  const { envelope, reading, ...ofRecord } = input
  const event = anEnvelope(envelope)
  const record = aConsumerRecord({ key: event.entity?.id ?? null, value: encodeEnvelope(event), ...ofRecord })
  return { record, reading: reading ?? read(record.value) }
}
