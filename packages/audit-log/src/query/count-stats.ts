import type { ClickHouseSettings } from '@clickhouse/client'
import {
  type AuditDimension,
  type AuditInterval,
  type AuditReading,
  type AuditSelection,
  type AuditStats,
  type AuditStatsGroup,
  type AuditStatsOptions,
  auditIntervals,
  countEntries,
  statsProblems,
} from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import { readError, readFailure } from '../clickhouse/error-table.ts'
import { createParameters, type Statement } from '../clickhouse/statement.ts'
import { decodeRows } from '../row/decode-rows.ts'
import type { RowBinaryReader } from '../row/row-binary-reader.ts'
import type { TableNames } from '../table-names.ts'
import { finalSettings, isCopyOfEvent } from './count-once.ts'
import { selectionFilter } from './filter/selection-filter.ts'
import { plannedSkipping } from './planned-skipping.ts'
import { readEntries, type ReadNeeds } from './read-entries.ts'
import { selectionCondition } from './selection-condition.ts'
import { checkSelection } from './selection-problems.ts'

const usualLimit = 1_000
const maxLimit = 100_000

/**
 * Entries counted, each once. The server counts the rows that match for sure, the process those that only it can judge; a row is one or the other, so
 * nothing is counted twice.
 */
export async function countStats(
  needs: ReadNeeds,
  selection: AuditSelection,
  options: AuditStatsOptions,
): Promise<AuditStats> {
  const { by = [], interval, limit = usualLimit, signal } = options
  checkSelection(selection)
  const problems = statsProblems({ by, interval, limit })
  if (problems.length > 0) {
    throw new AuditLogError(`the selection cannot be asked: ${problems.join('; ')}`, {
      code: 'AUDIT_SELECTION_INVALID',
    })
  }
  const filter = selection.filter === undefined ? undefined : selectionFilter(selection.filter)
  const wait = signal === undefined ? {} : { signal }
  const counter = countEntries({ by, interval, timeField: selection.timeField })
  const total = { entries: 0, bytes: 0 }
  try {
    const counted = await countOnServer(needs, { selection, by: [...new Set(by)], interval }, wait)
    for (const group of counted.groups) counter.addGroup(group)
    total.entries += counted.entries
    total.bytes += counted.bytes
  } catch (error) {
    signal?.throwIfAborted()
    throw readError(error, 'counting in the audit log')
  }
  if (filter?.isExact === false) {
    for await (const entry of readEntries(needs, selection, { ...wait, rows: 'doubtful' })) {
      counter.add(entry)
      total.entries += 1
      total.bytes += (entry.record.value?.length ?? 0) + (entry.record.key?.length ?? 0)
    }
  }
  const { groups } = counter.stats(limit)
  const rest = groups.reduce(
    (left, { entries, bytes }) => ({ entries: left.entries - entries, bytes: left.bytes - bytes }),
    total,
  )
  return { ...total, groups, ...(rest.entries > 0 && { rest }) }
}

interface Wait {
  readonly signal?: AbortSignal
}

interface Counting {
  readonly selection: AuditSelection
  readonly by: readonly AuditDimension[]
  readonly interval: AuditInterval | undefined
}

interface Counted {
  readonly entries: number
  readonly bytes: number
  readonly groups: readonly AuditStatsGroup[]
  /** More rows than offsets: copies, or records of a topic that was made again. */
  readonly mayHoldCopies: boolean
}

/** Most rows of which `FINAL` takes hardly longer than looking for copies, as far as the server can tell before it reads. */
const fewRows = 250_000

/**
 * Few rows with `FINAL`, which merges every part with every other: more the server refuses before it reads them. Then without `FINAL`; in the same pass
 * each partition's offsets are collected in a bitmap, about a bit an offset; where there are as many offsets as rows, no row is a copy and the figures
 * stand. Only else it is asked again with `FINAL`.
 */
async function countOnServer(needs: ReadNeeds, counting: Counting, wait: Wait): Promise<Counted> {
  const few = await countFew(needs, counting, wait)
  if (few !== undefined) return few
  const counted = await count(needs, counting, { final: '', settings: plannedSkipping }, wait)
  return counted.mayHoldCopies ? count(needs, counting, { final: 'FINAL', settings: finalSettings }, wait) : counted
}

/** Nothing where there are more. */
async function countFew(needs: ReadNeeds, counting: Counting, wait: Wait): Promise<Counted | undefined> {
  const settings: ClickHouseSettings = {
    ...finalSettings,
    max_rows_to_read: String(fewRows),
    read_overflow_mode: 'throw',
  }
  try {
    return await count(needs, counting, { final: 'FINAL', settings }, wait)
  } catch (error) {
    if (refusals.has(readFailure(error).server?.code ?? 0)) return undefined
    throw error
  }
}

/** Too many rows; a limit beyond the one that this user may set, which then holds for what is asked instead. */
const refusals: ReadonlySet<number> = new Set([158, 452])

interface Pass {
  readonly final: '' | 'FINAL'
  readonly settings: ClickHouseSettings
}

async function count(
  { connection, tables }: ReadNeeds,
  counting: Counting,
  { final, settings }: Pass,
  wait: Wait,
): Promise<Counted> {
  const groups: AuditStatsGroup[] = []
  let [entries, bytes, offsets] = [0, 0, 0]
  const rows = connection.bytes(statementOf(tables, counting, final), settings, wait)
  for await (const row of decodeRows(rows, (reader) => decodeRow(reader, counting))) {
    if (row.isGroup) {
      groups.push(row.group)
    } else {
      entries += row.group.entries
      bytes += row.group.bytes
      offsets += row.offsets
    }
  }
  // Without a group to tell apart there is one, also where nothing was found.
  return { entries, bytes, groups: groups.filter((group) => group.entries > 0), mayHoldCopies: offsets < entries }
}

const columnsOf: Readonly<Record<AuditDimension, readonly string[]>> = {
  name: ['event_name'],
  topic: ['kafka_topic'],
  status: ['record_status'],
  organization: ['organization_id'],
  actor: ['actor_type', 'actor_id'],
}

function statementOf(tables: TableNames, { selection, by, interval }: Counting, final: Pass['final']): Statement {
  const parameters = createParameters()
  const dimensions = by
    .flatMap((dimension) => columnsOf[dimension])
    .map((column, index) => ({ column, alias: `d${index}` }))
  const aliases = [...dimensions.map(({ alias }) => alias), 'bucket']
  const condition = selectionCondition(selection, parameters, selection.filter === undefined ? 'possible' : 'sure')
  // Columns in place of one hash would take half the time of the whole count. Where two partitions had one hash, their offsets would fall together and
  // look like copies, and `FINAL` would count.
  const sql = `SELECT toUInt8(grouping(source)) AS is_group, ${aliases.join(', ')},
  sum(rows) AS entries, sum(bytes), groupBitmapMerge(offsets)
FROM (
  SELECT ${[...dimensions.map(({ column, alias }) => `${column} AS ${alias}`), `${bucketOf(selection, interval)} AS bucket`].join(', ')},
    cityHash64(kafka_cluster, kafka_topic, kafka_partition) AS source,
    count() AS rows, sum(raw.size + ifNull(length(kafka_key), 0)) AS bytes, groupBitmapState(kafka_offset) AS offsets
  FROM ${tables.entries} ${final}
  WHERE ${condition} AND NOT (${isCopyOfEvent(tables)})
  GROUP BY ${aliases.join(', ')}, source
)
GROUP BY GROUPING SETS ((${aliases.join(', ')}), (source))
ORDER BY is_group, bucket, entries DESC, ${aliases.join(', ')}
LIMIT ${maxLimit} BY is_group
FORMAT RowBinary`
  return { sql, parameters: parameters.all }
}

function bucketOf({ timeField }: AuditSelection, interval: AuditInterval | undefined): string {
  if (interval === undefined) return 'toInt64(0)'
  const ms = `toUnixTimestamp64Milli(${timeField === 'kafka' ? 'kafka_timestamp' : 'timestamp'})`
  const { lengthMs, startMs } = auditIntervals[interval]
  return `${ms} - positiveModulo(${ms} - ${startMs}, toInt64(${lengthMs}))`
}

function decodeRow(
  reader: RowBinaryReader,
  { by, interval }: Counting,
): { readonly isGroup: boolean; readonly group: AuditStatsGroup; readonly offsets: number } {
  const isGroup = reader.uint8() === 1
  const facts = by.map((dimension) => factOf(dimension, reader))
  const fromMs = Number(reader.int64())
  const figures = { entries: Number(reader.uint64()), bytes: Number(reader.uint64()) }
  return {
    isGroup,
    group: Object.assign({}, interval === undefined ? {} : { fromMs }, ...facts, figures) as AuditStatsGroup,
    offsets: Number(reader.uint64()),
  }
}

/** Empty where an event names nothing, or there is none. */
function factOf(dimension: AuditDimension, reader: RowBinaryReader): Partial<AuditStatsGroup> {
  const text = reader.text()
  switch (dimension) {
    case 'name':
      return text === '' ? {} : { name: text }
    case 'topic':
      return { topic: text }
    case 'status':
      return { status: text as AuditReading['status'] }
    case 'organization':
      return text === '' ? {} : { organizationId: text }
    case 'actor': {
      const id = reader.text()
      return text === '' ? {} : { actor: { type: text, id } }
    }
  }
}
