import type { ClickHouseSettings } from '@clickhouse/client'
import type { AuditSelection, Coordinates, WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import { readError } from '../clickhouse/error-table.ts'
import { createParameters, type Parameters, type Statement } from '../clickhouse/statement.ts'
import { finalSettings, isCopyOfEvent } from '../query/count-once.ts'
import { selectionFilter } from '../query/filter/selection-filter.ts'
import { readEntries, type ReadNeeds } from '../query/read-entries.ts'
import { selectionCondition } from '../query/selection-condition.ts'
import { checkSelection } from '../query/selection-problems.ts'
import { sortKeyColumns } from '../row/audit-columns.ts'
import type { TableNames } from '../table-names.ts'

/** Coordinates of so many rows surely fit into a question. */
const mostByCoordinates = 1_000

/**
 * Made by the server and passed on, each record once. A file that breaks off is no file: its end is what makes it readable, so an error in the middle is
 * thrown, and whoever writes the bytes must not keep them.
 *
 * Rows that only the process can judge are read first, and those that match are named by their coordinates.
 */
export async function* exportParquet(
  needs: ReadNeeds,
  selection: AuditSelection,
  wait: WaitOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  checkSelection(selection)
  const judged = await judgedByProcess(needs, selection, wait)
  try {
    yield* needs.connection.bytes(statementOf(needs.tables, selection, judged), settings, wait)
  } catch (error) {
    wait.signal?.throwIfAborted()
    throw readError(error, 'exporting the audit log')
  }
}

const settings: ClickHouseSettings = {
  ...finalSettings,
  // The file's columns have names that the table's have, too; the condition means the table's.
  prefer_column_name_to_alias: 1,
  output_format_parquet_compression_method: 'zstd',
  // A row group is held in memory until it is whole.
  output_format_parquet_row_group_size: '20000',
  output_format_parquet_row_group_size_bytes: '33554432',
}

async function judgedByProcess(
  needs: ReadNeeds,
  selection: AuditSelection,
  wait: WaitOptions,
): Promise<readonly Coordinates[]> {
  if (selection.filter === undefined || selectionFilter(selection.filter).isExact) return []
  const judged: Coordinates[] = []
  for await (const { record } of readEntries(needs, selection, { ...wait, rows: 'doubtful' })) {
    judged.push(record)
    if (judged.length > mostByCoordinates) {
      throw new AuditLogError(
        `the filter "${selectionFilter(selection.filter).leftover}" cannot be decided by ClickHouse for more than ${mostByCoordinates} matching entries, so it makes no Parquet of them; export jsonl, or narrow the selection`,
        { code: 'AUDIT_SELECTION_INVALID' },
      )
    }
  }
  return judged
}

/** Bytes as text where they are UTF-8, else in base64 under another name, as in JSON. */
function bytesColumns(name: string, bytes: string): readonly string[] {
  return [
    `if(isValidUTF8(ifNull(${bytes}, '')), ${bytes}, NULL) AS ${name}`,
    `if(isValidUTF8(ifNull(${bytes}, '')), NULL, base64Encode(ifNull(${bytes}, ''))) AS ${name}_base64`,
  ]
}

const nil = "toUUID('00000000-0000-0000-0000-000000000000')"
const textOrNull = (column: string): string => `nullIf(toString(${column}), '') AS ${column}`
const idOrNull = (column: string): string => `if(${column} = ${nil}, NULL, toString(${column})) AS ${column}`

const columns: readonly string[] = [
  'toString(kafka_cluster) AS cluster',
  'toString(kafka_topic) AS topic',
  'kafka_partition AS partition',
  'kafka_offset AS offset',
  'kafka_timestamp AS kafka_time',
  'ingested_at',
  'toString(record_status) AS status',
  textOrNull('problem'),
  textOrNull('replay_id'),
  ...['event_id', 'correlation_id', 'causation_id'].map(idOrNull),
  ...['event_name', 'event_source', 'organization_id', 'entity_type', 'entity_id', 'action'].map(textOrNull),
  ...['actor_type', 'actor_id', 'value_format'].map(textOrNull),
  "if(record_status = 'ok', event_version, NULL) AS event_version",
  "if(record_status = 'ok', timestamp, NULL) AS event_time",
  ...bytesColumns('key', 'kafka_key'),
  `arrayMap(header -> tuple(header.1, header.2)::Tuple(name String, value Nullable(String)), kafka_headers) AS headers`,
  ...bytesColumns('value', "if(record_status = 'tombstone', NULL, raw)"),
  textOrNull('decoded'),
]

function statementOf(tables: TableNames, selection: AuditSelection, judged: readonly Coordinates[]): Statement {
  const parameters = createParameters()
  const { filter, ...unfiltered } = selection
  const rows =
    filter === undefined
      ? selectionCondition(selection, parameters)
      : `((${selectionCondition(selection, parameters, 'sure')}) OR (${selectionCondition(unfiltered, parameters)} AND ${amongCoordinates(judged, parameters)}))`
  const sql = `SELECT ${columns.join(',\n  ')}
FROM ${tables.entries} FINAL
WHERE ${rows} AND NOT (${isCopyOfEvent(tables)})
ORDER BY ${sortKeyColumns.join(', ')}
FORMAT Parquet`
  return { sql, parameters: parameters.all }
}

/** So many texts surely fit into a list that is one parameter. */
const coordinatesAList = 200

function amongCoordinates(judged: readonly Coordinates[], parameters: Parameters): string {
  const conditions: string[] = []
  for (let start = 0; start < judged.length; start += coordinatesAList) {
    const part = judged.slice(start, start + coordinatesAList)
    const lists = [
      parameters.lists(
        part.map(({ timestampMs }) => timestampMs),
        'Int64',
      ),
      parameters.lists(
        part.map(({ cluster }) => cluster),
        'String',
      ),
      parameters.lists(
        part.map(({ topic }) => topic),
        'String',
      ),
      parameters.lists(
        part.map(({ partition }) => partition),
        'UInt32',
      ),
      parameters.lists(
        part.map(({ offset }) => offset),
        'UInt64',
      ),
    ]
    conditions.push(`(${sortKeyColumns.join(', ')}) IN (
  SELECT fromUnixTimestamp64Milli(place.1, 'UTC'), place.2, place.3, place.4, place.5
  FROM (SELECT arrayJoin(arrayZip(${lists.map(([list]) => list).join(', ')})) AS place))`)
  }
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`
}
