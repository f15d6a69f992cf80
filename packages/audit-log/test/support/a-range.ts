import type { AuditRange, AuditRecord, ConsumerRecord, NextOffset } from '@ledgerbus/core'
import { decodeEnvelope, encodeEnvelope } from '@ledgerbus/core'
import { aConsumerRecord, anEnvelope, type ConsumerRecordInput } from '@ledgerbus/testkit'

/** A record that was read as an event. */
export function anAuditRecord(input: ConsumerRecordInput = {}): AuditRecord {
  const value = encodeEnvelope(anEnvelope())
  const record = aConsumerRecord({ value, ...input })
  return { record, reading: { status: 'ok', envelope: decodeEnvelope(record.value ?? value), format: 'json' } }
}

/** A record that could not be read. */
export function anUndecodable(input: ConsumerRecordInput = {}): AuditRecord {
  return { record: aConsumerRecord(input), reading: { status: 'undecodable', problem: 'the value is no event' } }
}

/** The range of some records of one partition. */
export function rangeOf(records: readonly AuditRecord[]): AuditRange {
  const [first, last] = [records[0]?.record, records.at(-1)?.record] as [ConsumerRecord, ConsumerRecord]
  const { cluster, topic, partition } = first
  return { cluster, topic, partition, first: first.offset, next: (last.offset + 1n) as NextOffset, records }
}
