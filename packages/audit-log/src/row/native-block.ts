import type { AuditPartition } from '@ledgerbus/core'
import { createRowBinaryWriter } from './row-binary-writer.ts'
import { type AuditColumn, auditColumns } from './audit-columns.ts'
import type { ColumnBytes } from './column-bytes.ts'
import { type NestedColumns, placeOf, type PlainColumn, type TableColumns } from './table-columns.ts'

/** The columns of an insert, in its order. `ingested_at` is the server's. */
export const insertedColumns: readonly AuditColumn[] = [
  'kafka_cluster',
  'kafka_topic',
  'kafka_partition',
  'kafka_offset',
  'kafka_timestamp',
  'kafka_key',
  'kafka_headers',
  'replay_id',
  'raw',
  'record_status',
  'problem',
  'value_format',
  'decoded',
  'event_id',
  'event_name',
  'event_version',
  'event_source',
  'correlation_id',
  'causation_id',
  'timestamp',
  'organization_id',
  'entity_type',
  'entity_id',
  'action',
  'actor_type',
  'actor_id',
  'processing_time_ms',
  'db_time_ms',
  'api_time_ms',
  'queue_time_ms',
  'custom_metrics',
  'quarantine_reason',
]

/**
 * The rows `[from, to)` as one block of ClickHouse's Native format (`NativeReader.cpp`, revision 0, which is what HTTP speaks): how many columns and rows, then for
 * each column its name, its type and its values. The server takes columns as they are, where of RowBinary it makes them value by value: a fifth of the work.
 *
 * Texts of few values go as plain ones: the server makes its dictionaries itself.
 *
 * @param refused why they stand in quarantine after all
 */
export function nativeBlock(
  owner: AuditPartition,
  columns: TableColumns,
  from: number,
  to: number,
  refused?: 'refused',
): readonly Uint8Array[] {
  const rows = to - from
  if (rows === 0) return []
  const pieces: Uint8Array[] = [
    head((writer) => {
      writer.varint(insertedColumns.length)
      writer.varint(rows)
    }),
  ]
  for (const name of insertedColumns) {
    pieces.push(
      head((writer) => {
        writer.text(name)
        writer.text(sentType(name))
      }),
      ...(refused !== undefined && name === 'quarantine_reason'
        ? [repeated((writer) => writer.text(refused), rows)]
        : valuesOf(owner, columns, name, from, to)),
    )
  }
  return pieces
}

function valuesOf(
  owner: AuditPartition,
  columns: TableColumns,
  name: AuditColumn,
  from: number,
  to: number,
): readonly Uint8Array[] {
  switch (name) {
    case 'kafka_cluster':
      return [repeated((writer) => writer.text(owner.cluster), to - from)]
    case 'kafka_topic':
      return [repeated((writer) => writer.text(owner.topic), to - from)]
    case 'kafka_partition':
      return [repeated((writer) => writer.uint32(owner.partition), to - from)]
    case 'kafka_key':
      return [...columns.keyNulls.slice(from, to), ...texts(columns.keys, from, to, columns.rows)]
    case 'kafka_headers': {
      const { headers, headerNames, headerNulls, headerValues } = columns
      const [first, last, all] = [from, to, columns.rows].map((row) => headers.endOf(row)) as [number, number, number]
      return [
        ...ends(headers, from, to),
        ...texts(headerNames, first, last, all),
        ...headerNulls.slice(first, last),
        ...texts(headerValues, first, last, all),
      ]
    }
    case 'custom_metrics': {
      const { figures, figureNames, figureValues } = columns
      const [first, last, all] = [from, to, columns.rows].map((row) => figures.endOf(row)) as [number, number, number]
      return [
        ...ends(figures, from, to),
        ...texts(figureNames, first, last, all),
        ...figureValues.slice(first * 8, last * 8),
      ]
    }
    default: {
      const plain = name as PlainColumn
      return columns.plain[plain].slice(placeOf(columns, plain, from), placeOf(columns, plain, to))
    }
  }
}

/** Where the items of each row end, counted from the first that is sent. */
function ends(nested: NestedColumns, from: number, to: number): readonly Uint8Array[] {
  const found = nested.ends.slice(from * 8, to * 8)
  const before = BigInt(nested.endOf(from))
  if (before === 0n) return found
  const moved = Buffer.concat(found)
  for (let at = 0; at < moved.length; at += 8) moved.writeBigUInt64LE(moved.readBigUInt64LE(at) - before, at)
  return [moved]
}

function texts(column: ColumnBytes, from: number, to: number, all: number): readonly Uint8Array[] {
  return column.slice(column.endOfTexts(from), to === all ? column.length : column.endOfTexts(to))
}

/** Names, types and values that stand once. */
const headBytes = 256

type Write = (writer: ReturnType<typeof createRowBinaryWriter>) => void

function head(write: Write): Uint8Array {
  const writer = createRowBinaryWriter(headBytes)
  write(writer)
  return writer.written()
}

/** One value for all rows. */
function repeated(write: Write, rows: number): Uint8Array {
  const value = head(write)
  return Buffer.allocUnsafeSlow(value.length * rows).fill(value)
}

/** As the column, but without a dictionary. */
function sentType(name: AuditColumn): string {
  return auditColumns[name].replace('LowCardinality(String)', 'String')
}
