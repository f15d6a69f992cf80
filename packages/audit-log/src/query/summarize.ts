import type { AuditReading, AuditSelection, AuditSummary, WaitOptions } from '@ledgerbus/core'
import { readError } from '../clickhouse/error-table.ts'
import { createParameters, type Statement } from '../clickhouse/statement.ts'
import { decodeRows } from '../row/decode-rows.ts'
import { sortKeyColumns } from '../row/audit-columns.ts'
import type { RowBinaryReader } from '../row/row-binary-reader.ts'
import type { TableNames } from '../table-names.ts'
import type { QueryNeeds } from './entry-rows.ts'
import { selectionCondition } from './selection-condition.ts'
import { checkSelection } from './selection-problems.ts'
import { unlessErased } from './unless-erased.ts'
import { type EntryGroup, summaryOf } from './summary-of-groups.ts'

/**
 * What a selection holds, in one query, so that all its figures are of one moment. Small groups come back and are added up here; only the
 * distinct keys cannot be added and come from the total.
 */
export async function summarize(
  needs: QueryNeeds,
  selection: AuditSelection,
  wait: WaitOptions,
): Promise<AuditSummary> {
  checkSelection(selection)
  const groups: EntryGroup[] = []
  let keys = 0
  try {
    const bytes = needs.connection.bytes(statementOf(needs.tables, selection), {}, wait)
    for await (const answer of decodeRows(bytes, decodeAnswer)) {
      if (answer.isTotal) keys = answer.keys
      else groups.push(answer.group)
    }
  } catch (error) {
    wait.signal?.throwIfAborted()
    throw readError(error, 'summarizing the audit log')
  }
  return summaryOf(groups, keys)
}

function statementOf(tables: TableNames, selection: AuditSelection): Statement {
  const parameters = createParameters()
  const key = `(${sortKeyColumns.join(', ')})`
  const keyOf = `SELECT ${sortKeyColumns.join(', ')} FROM`
  const groups = 'event_name, event_version, kafka_cluster, kafka_topic, kafka_partition, record_status, day'
  // FINAL drops copies within a table. A record that two versions of the sink judged differently may stand in both; the event counts.
  const isCopy = `_table = '${tables.quarantine}' AND ${key} IN (${keyOf} ${tables.events} WHERE ${key} IN (${keyOf} ${tables.quarantine}))`
  const sql = `WITH toInt64(floor(toUnixTimestamp64Milli(timestamp) / 86400000)) AS day
SELECT toUInt8(grouping(event_name)), ${groups}, count(), sum(raw.size + ifNull(length(kafka_key), 0)),
  min(timestamp), max(timestamp), max(kafka_offset), uniqExact(kafka_topic, kafka_key)
FROM ${tables.entries} FINAL
WHERE ${selectionCondition(selection, parameters)} AND ${unlessErased(tables)} AND NOT (${isCopy})
GROUP BY GROUPING SETS ((${groups}), ())
FORMAT RowBinary`
  return { sql, parameters: parameters.all }
}

function decodeAnswer(reader: RowBinaryReader): {
  readonly isTotal: boolean
  readonly group: EntryGroup
  readonly keys: number
} {
  return {
    isTotal: reader.uint8() === 1,
    group: {
      name: reader.text(),
      version: reader.uint16(),
      cluster: reader.text(),
      topic: reader.text(),
      partition: reader.uint32(),
      status: reader.text() as AuditReading['status'],
      day: Number(reader.int64()),
      entries: Number(reader.uint64()),
      bytes: Number(reader.uint64()),
      firstMs: Number(reader.int64()),
      lastMs: Number(reader.int64()),
      highestOffset: reader.uint64(),
    },
    keys: Number(reader.uint64()),
  }
}
