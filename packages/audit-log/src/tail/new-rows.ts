import type { ClickHouseSettings } from '@clickhouse/client'
import type { AuditSelection, Coordinates, WaitOptions } from '@ledgerbus/core'
import { createParameters, type Statement } from '../clickhouse/statement.ts'
import { momentOf } from '../clickhouse/moment.ts'
import type { ReadNeeds } from '../query/read-entries.ts'
import { selectionCondition } from '../query/selection-condition.ts'
import { unlessErased } from '../query/unless-erased.ts'
import { type AuditRow, decodeAuditRow, selectedColumns } from '../row/audit-row-codec.ts'
import { decodeRows } from '../row/decode-rows.ts'
import type { TableNames } from '../table-names.ts'

export type TailNeeds = ReadNeeds

/** Where a row stands in the order in which they are followed. */
export interface RowPlace {
  readonly block: bigint
  readonly record: Coordinates
}

/** Rows of inserts with numbers above one and up to another. */
export interface NewRowsQuestion {
  readonly table: string
  readonly selection: AuditSelection
  readonly above: bigint
  readonly upTo: bigint
  /** Only rows behind this one, where an answer broke off. */
  readonly behind: RowPlace | undefined
}

/** The number of the newest insert of a table; 0 while it is empty. */
export async function newestBlock({ connection }: TailNeeds, table: string, wait: WaitOptions): Promise<bigint> {
  const [row] = await connection.rows<{ readonly newest: string }>(
    `SELECT toString(max(max_block_number)) AS newest FROM system.parts
WHERE active AND database = currentDatabase() AND table = {table:String}`,
    { table },
    wait,
  )
  return BigInt(row?.newest ?? 0)
}

/** A backlog is sorted on the server's disk beyond 256 MiB. */
const settings: ClickHouseSettings = { max_block_size: '1024', max_bytes_before_external_sort: '268435456' }

/** Insert by insert, each partition of an insert in the order of its offsets. */
export async function* newRows(
  { connection, tables }: TailNeeds,
  question: NewRowsQuestion,
  wait: WaitOptions,
): AsyncGenerator<{ readonly place: RowPlace; readonly row: AuditRow }, void, undefined> {
  const rows = decodeRows(connection.bytes(statementOf(tables, question), settings, wait), (reader) => {
    const block = reader.uint64()
    const row = decodeAuditRow(reader)
    return { place: { block, record: row.record }, row }
  })
  yield* rows
}

const order = '_block_number, kafka_cluster, kafka_topic, kafka_partition, kafka_offset, kafka_timestamp'

function statementOf(tables: TableNames, { table, selection, above, upTo, behind }: NewRowsQuestion): Statement {
  const parameters = createParameters()
  const first = parameters.one(above, 'UInt64')
  const conditions = [
    // By its name alone a part is passed over that holds no such insert: month, first and last number, level.
    `toUInt64OrZero(splitByChar('_', _part)[3]) > ${first}`,
    `_block_number > ${first} AND _block_number <= ${parameters.one(upTo, 'UInt64')}`,
    selectionCondition(selection, parameters),
    unlessErased(tables),
  ]
  if (behind !== undefined) {
    const { block, record } = behind
    const place = [
      parameters.one(block, 'UInt64'),
      parameters.one(record.cluster, 'String'),
      parameters.one(record.topic, 'String'),
      parameters.one(record.partition, 'UInt32'),
      parameters.one(record.offset, 'UInt64'),
      momentOf(record.timestampMs, parameters),
    ]
    conditions.push(`(${order}) > (${place.join(', ')})`)
  }
  const sql = `SELECT _block_number, ${selectedColumns.join(', ')}
FROM ${table}
WHERE ${conditions.join(' AND ')}
ORDER BY ${order}
FORMAT RowBinary`
  return { sql, parameters: parameters.all }
}
