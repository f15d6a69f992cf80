import type { ClickHouseSettings } from '@clickhouse/client'
import type { AuditOrder, AuditSelection, Coordinates, WaitOptions } from '@ledgerbus/core'
import type { Connection } from '../clickhouse/connection.ts'
import { createParameters, type Statement } from '../clickhouse/statement.ts'
import { type AuditRow, decodeAuditRow, selectedColumns } from '../row/audit-row-codec.ts'
import { decodeRows } from '../row/decode-rows.ts'
import type { TableNames } from '../table-names.ts'
import { behindCondition, isSameRecord, orderClause } from './entry-order.ts'
import { type OffsetWindow, windowCondition } from './offset-window.ts'
import { plannedSkipping } from './planned-skipping.ts'
import { type SelectedRows, selectionCondition } from './selection-condition.ts'
import { unlessErased } from './unless-erased.ts'

/** What is asked of the table. */
export interface RowQuestion {
  readonly selection: AuditSelection
  readonly order: AuditOrder
  /** @default 'possible' */
  readonly rows?: SelectedRows
  /** Only rows in this window. */
  readonly within?: OffsetWindow
  /** Only rows behind this place. */
  readonly behind?: Coordinates
  /** Most records; copies do not count. */
  readonly limit?: number
}

/** What questions work with. */
export interface QueryNeeds {
  readonly connection: Connection
  readonly tables: TableNames
}

/**
 * The parts of the table are sorted already, so the server merges them as it sends and holds a block of each; blocks of 1,024 rows halve
 * that. The order by partition is not the table's: there the server sorts, and beyond 256 MiB on its disk.
 */
const settings: ClickHouseSettings = {
  ...plannedSkipping,
  max_block_size: '1024',
  max_bytes_before_external_sort: '268435456',
}

/**
 * A limited question asks for spare rows, since a row costs next to nothing and a question much: each reads a granule of every part. Where each
 * record stands twice, a usual page is still one question; where none does, the loop is left before the spare rows are read.
 */
const mostSpareRows = 1_000

/**
 * Rows in order, each record once.
 *
 * Copies of a record, which an insert repeated too late may leave, have equal sort keys and so stand side by side: the second is dropped
 * here, at no cost. The server would do it with `FINAL`, which reads the whole range for the newest rows, or with `LIMIT 1 BY`, which does
 * not stop at the limit (docs/decisions/0043-reading-each-record-once.md).
 */
export async function* entryRows(
  { connection, tables }: QueryNeeds,
  question: RowQuestion,
  wait: WaitOptions,
): AsyncGenerator<AuditRow, void, undefined> {
  let { behind, limit: left } = question
  for (;;) {
    const limit = left === undefined ? undefined : left + Math.min(left, mostSpareRows)
    const statement = statementOf(tables, {
      ...question,
      ...(behind !== undefined && { behind }),
      ...(limit !== undefined && { limit }),
    })
    let sent = 0
    for await (const row of decodeRows(connection.bytes(statement, settings, wait), decodeAuditRow)) {
      sent += 1
      if (behind !== undefined && isSameRecord(behind, row.record)) continue
      behind = row.record
      yield row
      if (left !== undefined) left -= 1
      if (left === 0) return
    }
    // Fewer rows than asked for were all there are; as many may have been copies, of which the spare rows were too few.
    if (limit === undefined || sent < limit) return
  }
}

function statementOf(tables: TableNames, { selection, order, rows, within, behind, limit }: RowQuestion): Statement {
  const parameters = createParameters()
  const conditions = [selectionCondition(selection, parameters, rows), unlessErased(tables)]
  if (within !== undefined) conditions.push(windowCondition(within, parameters))
  if (behind !== undefined) conditions.push(behindCondition(order, behind, parameters))
  const sql = [
    `SELECT ${selectedColumns.join(', ')}`,
    `FROM ${tables.entries}`,
    `WHERE ${conditions.join(' AND ')}`,
    `ORDER BY ${orderClause(order)}`,
    ...(limit === undefined ? [] : [`LIMIT ${limit}`]),
    'FORMAT RowBinary',
  ].join('\n')
  return { sql, parameters: parameters.all }
}
