import type { ClickHouseSettings } from '@clickhouse/client'
import { sortKeyColumns } from '../row/audit-columns.ts'
import type { TableNames } from '../table-names.ts'
import { unlessErased } from './unless-erased.ts'

/**
 * Rows that stand for nothing of their own, beside what `FINAL` drops within a table. A record that two versions of the sink judged differently may
 * stand in events and quarantine; the event counts. Of an erased record only the marker counts.
 */
export function isCopyOfEvent(tables: TableNames): string {
  const key = `(${sortKeyColumns.join(', ')})`
  const keyOf = `SELECT ${sortKeyColumns.join(', ')} FROM`
  const isJudgedTwice = `_table = '${tables.quarantine}' AND ${key} IN (${keyOf} ${tables.events} WHERE ${key} IN (${keyOf} ${tables.quarantine}))`
  return `(${isJudgedTwice}) OR NOT ${unlessErased(tables)}`
}

/** Copies never lie in two months, since their Kafka time is one. A month that is one part is then read without merging. */
export const finalSettings: ClickHouseSettings = { do_not_merge_across_partitions_select_final: 1 }
