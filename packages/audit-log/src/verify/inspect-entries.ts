import type { ClickHouseSettings } from '@clickhouse/client'
import type { AuditEntry, Coordinates, InspectedEntry, InspectedSpan, WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import { readError } from '../clickhouse/error-table.ts'
import { createParameters, type Statement } from '../clickhouse/statement.ts'
import { isSameRecord, orderClause } from '../query/entry-order.ts'
import { momentOf } from '../clickhouse/moment.ts'
import type { ReadNeeds } from '../query/read-entries.ts'
import { type AuditRow, decodeAuditRow, selectedColumns } from '../row/audit-row-codec.ts'
import { decodeRows } from '../row/decode-rows.ts'
import { entryOfRow } from '../row/entry-of-row.ts'
import type { TableNames } from '../table-names.ts'

/** A partition's order is not the table's: the server sorts, and beyond 256 MiB on its disk. */
const settings: ClickHouseSettings = { max_block_size: '1024', max_bytes_before_external_sort: '268435456' }

const maxFruitlessTries = 3
const firstPauseMs = 200

/**
 * Every row of a span, copies beside the entry they are copies of. A broken answer is taken up again behind the last entry, as in reading.
 *
 * This is the one question that leaves no row out: markers of erased entries come with the rows that a late insert brought back.
 */
export async function* inspectEntries(
  needs: ReadNeeds,
  span: InspectedSpan,
  wait: WaitOptions,
): AsyncGenerator<InspectedEntry, void, undefined> {
  let last: Coordinates | undefined
  let fruitlessTries = 0
  for (;;) {
    try {
      const rest = last === undefined ? span : { ...span, from: last.offset }
      for await (const rows of groupsOf(rowsOf(needs, rest, wait))) {
        const [{ record }] = rows
        wait.signal?.throwIfAborted()
        if (last !== undefined && record.offset === last.offset && record.timestampMs <= last.timestampMs) continue
        const inspected = inspectedOf(rows)
        last = record
        fruitlessTries = 0
        yield inspected
      }
      return
    } catch (error) {
      wait.signal?.throwIfAborted()
      const described = readError(error, 'inspecting the audit log')
      if (!described.retriable || fruitlessTries >= maxFruitlessTries) throw described
      needs.logger.warn(
        { code: described.code, tries: fruitlessTries },
        'inspecting broke off, going on behind the last entry',
      )
      await needs.clock.sleep(firstPauseMs * 2 ** fruitlessTries, wait)
      fruitlessTries += 1
    }
  }
}

function rowsOf({ connection, tables }: ReadNeeds, span: InspectedSpan, wait: WaitOptions): AsyncIterable<AuditRow> {
  return decodeRows(connection.bytes(statementOf(tables, span), settings, wait), decodeAuditRow)
}

function statementOf(
  tables: TableNames,
  { cluster, topic, partition, from, to, fromMs, toMs }: InspectedSpan,
): Statement {
  const parameters = createParameters()
  const conditions = [
    `kafka_topic = ${parameters.one(topic, 'String')}`,
    `kafka_partition = ${parameters.one(partition, 'UInt32')}`,
    `kafka_cluster = ${parameters.one(cluster, 'String')}`,
    `kafka_offset >= ${parameters.one(from, 'UInt64')}`,
    `kafka_offset < ${parameters.one(to, 'UInt64')}`,
    ...(fromMs === undefined ? [] : [`kafka_timestamp >= ${momentOf(fromMs, parameters)}`]),
    ...(toMs === undefined ? [] : [`kafka_timestamp < ${momentOf(toMs, parameters)}`]),
  ]
  const sql = [
    `SELECT ${selectedColumns.join(', ')}`,
    `FROM ${tables.entries}`,
    `WHERE ${conditions.join(' AND ')}`,
    `ORDER BY ${orderClause('partition')}`,
    'FORMAT RowBinary',
  ].join('\n')
  return { sql, parameters: parameters.all }
}

type Rows = readonly [AuditRow, ...AuditRow[]]

/** Rows of one record stand side by side. */
async function* groupsOf(rows: AsyncIterable<AuditRow>): AsyncGenerator<Rows, void, undefined> {
  let group: [AuditRow, ...AuditRow[]] | undefined
  for await (const row of rows) {
    if (group !== undefined && isSameRecord(group[0].record, row.record)) {
      group.push(row)
      continue
    }
    if (group !== undefined) yield group
    group = [row]
  }
  if (group !== undefined) yield group
}

function inspectedOf(rows: Rows): InspectedEntry {
  const shown = rows.length === 1 ? rows[0] : (rows.find(({ status }) => status === 'erased') ?? rows[0])
  const copies = rows.length === 1 ? none : rows.filter((row) => row !== shown).map((row) => readable(row).entry)
  return { ...readable(shown), copies }
}

const none: readonly AuditEntry[] = []

/** A row that no version could have written is what a check looks for, so it must not end it. */
function readable(row: AuditRow): Pick<InspectedEntry, 'entry' | 'problem'> {
  try {
    return { entry: entryOfRow(row) }
  } catch (error) {
    if (!(error instanceof AuditLogError)) throw error
    const problem = error.message
    return {
      problem,
      entry: { record: row.record, reading: { status: 'undecodable', problem }, ingestedAtMs: row.ingestedAtMs },
    }
  }
}
