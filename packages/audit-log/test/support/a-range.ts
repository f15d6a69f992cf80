import {
  type AuditRange,
  type AuditRecord,
  type Clock,
  type ConsumerRecord,
  decodeEnvelope,
  encodeEnvelope,
  type NextOffset,
  systemClock,
} from '@ledgerbus/core'
import { aConsumerRecord, anEnvelope, type ConsumerRecordInput } from '@ledgerbus/testkit'
import { createAuditBlock } from '../../src/insert/create-audit-block.ts'

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

/** The range of some records of one partition, for any log of this package. */
export function rangeOf(
  items: readonly AuditRecord[],
  { clock = systemClock }: { readonly clock?: Clock } = {},
): AuditRange {
  const [first, last] = [items[0]?.record, items.at(-1)?.record] as [ConsumerRecord, ConsumerRecord]
  const block = createAuditBlock(first, clock)
  for (const { record, reading } of items) block.add(record, reading)
  return { first: first.offset, next: (last.offset + 1n) as NextOffset, block }
}
