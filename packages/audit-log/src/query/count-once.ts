import type { ClickHouseSettings } from '@clickhouse/client'
import { sortKeyColumns } from '../row/audit-columns.ts'
import type { TableNames } from '../table-names.ts'

/**
 * `FINAL` drops copies within a table. A record that two versions of the sink judged differently may stand in events and quarantine; the event
 * counts, so this holds for the row in quarantine.
 */
export function isCopyOfEvent(tables: TableNames): string {
  const key = `(${sortKeyColumns.join(', ')})`
  const keyOf = `SELECT ${sortKeyColumns.join(', ')} FROM`
  return `_table = '${tables.quarantine}' AND ${key} IN (${keyOf} ${tables.events} WHERE ${key} IN (${keyOf} ${tables.quarantine}))`
}

/** Copies never lie in two months, since their Kafka time is one. A month that is one part is then read without merging. */
export const finalSettings: ClickHouseSettings = { do_not_merge_across_partitions_select_final: 1 }
