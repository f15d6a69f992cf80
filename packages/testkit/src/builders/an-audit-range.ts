import type { AuditRange, AuditRecord, NextOffset } from '@ledgerbus/core'
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

/** A contiguous range of one partition, as the sink inserts it. */
export function anAuditRange(input: AuditRangeInput = {}): AuditRange {
  const { records = [anAuditRecord()] } = input
  const { cluster, topic, partition, offset } = (records[0] ?? anAuditRecord()).record
  const next = input.next ?? (records.at(-1)?.record.offset ?? offset) + 1n
  return { cluster, topic, partition, first: input.first ?? offset, next: next as NextOffset, records }
}
