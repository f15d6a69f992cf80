import type { PieceStore } from './piece-store.ts'
import type { AuditColumn } from './audit-columns.ts'
import { ColumnBytes } from './column-bytes.ts'

/** A column that has one value a row, not the same for all. */
export type PlainColumn = Exclude<
  AuditColumn,
  'kafka_cluster' | 'kafka_topic' | 'kafka_partition' | 'kafka_key' | 'kafka_headers' | 'custom_metrics' | 'ingested_at'
>

/** By the bytes of one value; `undefined`: texts. */
const plainColumns: Readonly<Record<PlainColumn, number | undefined>> = {
  kafka_offset: 8,
  kafka_timestamp: 8,
  replay_id: undefined,
  raw: undefined,
  record_status: undefined,
  problem: undefined,
  value_format: undefined,
  decoded: undefined,
  event_id: 16,
  event_name: undefined,
  event_version: 2,
  event_source: undefined,
  correlation_id: 16,
  causation_id: 16,
  timestamp: 8,
  organization_id: undefined,
  entity_type: undefined,
  entity_id: undefined,
  action: undefined,
  actor_type: undefined,
  actor_id: undefined,
  processing_time_ms: 4,
  db_time_ms: 4,
  api_time_ms: 4,
  queue_time_ms: 4,
  quarantine_reason: undefined,
}

const plainWidths = Object.entries(plainColumns) as readonly (readonly [PlainColumn, number | undefined])[]

/** Rows of one table, column by column, as ClickHouse's Native format wants them. What all rows of a partition share is not among them. */
export interface TableColumns {
  readonly plain: Readonly<Record<PlainColumn, ColumnBytes>>
  /** The record's key: a byte for each row, 1 for none, and the keys. */
  readonly keyNulls: ColumnBytes
  readonly keys: ColumnBytes
  /** Headers: for each row where its headers end among those of all rows, and those. */
  readonly headers: NestedColumns
  readonly headerNames: ColumnBytes
  readonly headerNulls: ColumnBytes
  readonly headerValues: ColumnBytes
  /** The publisher's own figures, in the same way. */
  readonly figures: NestedColumns
  readonly figureNames: ColumnBytes
  readonly figureValues: ColumnBytes
  /** Whole rows. */
  readonly rows: number
  /** The row is whole. */
  endRow(): void
  /** Forgets what was begun of a row that is not whole. */
  dropRow(): void
  /** Nobody looks at the rows any more. */
  release(): void
}

/** Which items belong to which row. */
export interface NestedColumns {
  readonly ends: ColumnBytes
  /** So many more belong to the row that is being made. */
  add(count: number): void
  /** Where the items of the first `rows` rows end. */
  endOf(rows: number): number
}

const endBytes = 8

export function createTableColumns(store: PieceStore): TableColumns {
  const column = (): ColumnBytes => new ColumnBytes(store)
  const plain = Object.fromEntries(plainWidths.map(([name]) => [name, column()])) as Record<PlainColumn, ColumnBytes>
  const [keyNulls, keys, headerNames, headerNulls] = [column(), column(), column(), column()]
  const [headerValues, figureNames, figureValues] = [column(), column(), column()]
  const headers = createNestedColumns(column())
  const figures = createNestedColumns(column())
  let rows = 0

  function cutTexts(columns: readonly ColumnBytes[], count: number): void {
    for (const texts of columns) texts.cutAt(texts.endOfTexts(count))
  }

  return {
    plain,
    keyNulls,
    keys,
    headers,
    headerNames,
    headerNulls,
    headerValues,
    figures,
    figureNames,
    figureValues,
    get rows() {
      return rows
    },
    endRow() {
      rows += 1
    },
    dropRow() {
      for (const [name, width] of plainWidths) {
        plain[name].cutAt(width === undefined ? plain[name].endOfTexts(rows) : rows * width)
      }
      keyNulls.cutAt(rows)
      cutTexts([keys], rows)
      headers.cutAt(rows)
      headerNulls.cutAt(headers.endOf(rows))
      cutTexts([headerNames, headerValues], headers.endOf(rows))
      figures.cutAt(rows)
      cutTexts([figureNames], figures.endOf(rows))
      figureValues.cutAt(figures.endOf(rows) * 8)
    },
    release() {
      const nested = [headers.ends, headerNames, headerNulls, headerValues, figures.ends, figureNames, figureValues]
      for (const one of [...Object.values(plain), keyNulls, keys, ...nested]) one.release()
    },
  }
}

function createNestedColumns(ends: ColumnBytes): NestedColumns & { cutAt(rows: number): void } {
  let items = 0

  function endOf(rows: number): number {
    if (rows === 0) return 0
    const [bytes] = ends.slice((rows - 1) * endBytes, rows * endBytes)
    return Number(Buffer.from(bytes as Uint8Array).readBigUInt64LE())
  }

  return {
    ends,
    add(count) {
      items += count
      ends.int64Of(items)
    },
    endOf,
    cutAt(rows) {
      ends.cutAt(rows * endBytes)
      items = endOf(rows)
    },
  }
}

/** Where the rows `[from, to)` of a column stand in its bytes. */
export function placeOf(columns: TableColumns, name: PlainColumn, row: number): number {
  const width = plainColumns[name]
  if (width !== undefined) return row * width
  // Whoever wants all rows, as nearly everybody does, need not look for where they end.
  return row === columns.rows ? columns.plain[name].length : columns.plain[name].endOfTexts(row)
}
