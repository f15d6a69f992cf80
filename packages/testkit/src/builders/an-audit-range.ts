import type { AuditLogWriter, AuditRange, AuditRecord, NextOffset } from '@ledgerbus/core'
import { anAuditRecord } from './an-audit-record.ts'

/** What {@link anAuditRange} may be told. */
export interface AuditRangeInput {
  /** Of one partition, in offset order. @default one record */
  readonly records?: readonly AuditRecord[]
  /** @default the first record's offset */
  readonly first?: bigint
  /** @default one past the last record's offset */
  readonly next?: bigint
}

/** A contiguous range of one partition, as the sink inserts it. @param log the one it is for: a block belongs to the log that made it */
export function anAuditRange(log: Pick<AuditLogWriter, 'createBlock'>, input: AuditRangeInput = {}): AuditRange {
  const { records = [anAuditRecord()] } = input
  const [{ record: firstRecord }] = records.length > 0 ? (records as [AuditRecord]) : [anAuditRecord()]
  const block = log.createBlock(firstRecord)
  for (const { record, reading } of records) block.add(record, reading)
  const first = input.first ?? firstRecord.offset
  const next = input.next ?? (records.at(-1)?.record.offset ?? firstRecord.offset) + 1n
  return { first, next: next as NextOffset, block }
}
