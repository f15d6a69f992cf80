import {
  type AuditReading,
  type AuditSelection,
  type AuditSummary,
  type EntryGroup,
  summaryOf,
  type WaitOptions,
} from '@ledgerbus/core'
import { readError } from '../clickhouse/error-table.ts'
import { createParameters, type Statement } from '../clickhouse/statement.ts'
import { decodeRows } from '../row/decode-rows.ts'
import type { RowBinaryReader } from '../row/row-binary-reader.ts'
import type { TableNames } from '../table-names.ts'
import { finalSettings, isCopyOfEvent } from './count-once.ts'
import { selectionFilter } from './filter/selection-filter.ts'
import { readEntries, type ReadNeeds } from './read-entries.ts'
import { selectionCondition } from './selection-condition.ts'
import { checkSelection } from './selection-problems.ts'
import { summarizeRows } from './summarize-rows.ts'

/**
 * What a selection holds, in one query, so that all its figures are of one moment. Small groups come back and are added up here; only the
 * distinct keys cannot be added and come from the total. With a filter that SQL cannot decide, all figures are of the rows.
 */
export async function summarize(needs: ReadNeeds, selection: AuditSelection, wait: WaitOptions): Promise<AuditSummary> {
  checkSelection(selection)
  if (selection.filter !== undefined && !selectionFilter(selection.filter).isExact) {
    return summarizeRows(readEntries(needs, selection, wait))
  }
  const groups: EntryGroup[] = []
  let keys = 0
  try {
    const bytes = needs.connection.bytes(statementOf(needs.tables, selection), finalSettings, wait)
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
  const groups = 'event_name, event_version, kafka_cluster, kafka_topic, kafka_partition, record_status, day'
  const sql = `WITH toInt64(floor(toUnixTimestamp64Milli(timestamp) / 86400000)) AS day
SELECT toUInt8(grouping(event_name)), ${groups}, count(), sum(raw.size + ifNull(length(kafka_key), 0)),
  min(timestamp), max(timestamp), max(kafka_offset), uniqExact(kafka_topic, kafka_key)
FROM ${tables.entries} FINAL
WHERE ${selectionCondition(selection, parameters)} AND NOT (${isCopyOfEvent(tables)})
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
