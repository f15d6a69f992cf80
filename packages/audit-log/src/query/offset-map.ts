import type { AuditSelection, WaitOptions } from '@ledgerbus/core'
import { readError } from '../clickhouse/error-table.ts'
import { createParameters, type Statement } from '../clickhouse/statement.ts'
import { decodeRows } from '../row/decode-rows.ts'
import type { RowBinaryReader } from '../row/row-binary-reader.ts'
import type { TableNames } from '../table-names.ts'
import type { QueryNeeds } from './entry-rows.ts'
import type { OffsetSpan } from './offset-window.ts'
import { plannedSkipping } from './planned-skipping.ts'
import { selectionCondition } from './selection-condition.ts'
import { stretchesCondition } from './stretches-condition.ts'
import { unlessErased } from './unless-erased.ts'

/** A stretch of a partition that holds rows: where they stand in offsets and in time, and about how much they are. */
export interface OffsetStretch {
  readonly cluster: string
  readonly topic: string
  readonly partition: number
  /** Of rows; copies count. */
  readonly rows: number
  /** Of their values. */
  readonly bytes: number
  readonly firstOffset: bigint
  readonly lastOffset: bigint
  /** Kafka's times, in milliseconds since 1970. */
  readonly firstMs: bigint
  readonly lastMs: bigint
}

/** About as many stretches a map has at most: a few megabytes, and ten million rows still come in windows of their own. */
const mostStretches = 20_000n
/** Finer maps cost more than they tell. */
const smallestWidth = 1_000n

/**
 * Where the rows of a selection stand, from columns that cost little to read. The filter is left out: it may read values, and the map would cost
 * as much as the answer.
 *
 * @param spans which offsets of which partitions; those not named are left out
 */
export async function offsetMap(
  needs: QueryNeeds,
  question: { readonly selection: AuditSelection; readonly spans: readonly OffsetSpan[] },
  wait: WaitOptions,
): Promise<readonly OffsetStretch[]> {
  const width = widthFor(question.spans.map(({ from, below }) => below - from))
  const map = await ask(needs, { ...question, width }, wait)
  // Old topics keep the tail of a long row of offsets: seen from its beginning, that is a handful of stretches.
  const finer = widthFor(spansOf(map))
  return finer * 4n <= width ? ask(needs, { ...question, width: finer }, wait) : map
}

function widthFor(spans: readonly bigint[]): bigint {
  const width = spans.reduce((sum, span) => sum + span, 0n) / mostStretches + 1n
  return width < smallestWidth ? smallestWidth : width
}

/** How many offsets lie between the first and the last row of each partition. */
function spansOf(map: readonly OffsetStretch[]): readonly bigint[] {
  const ends = new Map<string, { readonly first: bigint; readonly last: bigint }>()
  for (const { cluster, topic, partition, firstOffset, lastOffset } of map) {
    const name = JSON.stringify([cluster, topic, partition])
    const { first, last } = ends.get(name) ?? { first: firstOffset, last: lastOffset }
    ends.set(name, {
      first: firstOffset < first ? firstOffset : first,
      last: lastOffset > last ? lastOffset : last,
    })
  }
  return [...ends.values()].map(({ first, last }) => last - first + 1n)
}

interface MapQuestion {
  readonly selection: AuditSelection
  readonly spans: readonly OffsetSpan[]
  readonly width: bigint
}

async function ask(needs: QueryNeeds, question: MapQuestion, wait: WaitOptions): Promise<readonly OffsetStretch[]> {
  const stretches: OffsetStretch[] = []
  try {
    const bytes = needs.connection.bytes(statementOf(needs.tables, question), plannedSkipping, wait)
    for await (const stretch of decodeRows(bytes, decodeStretch)) stretches.push(stretch)
  } catch (error) {
    wait.signal?.throwIfAborted()
    throw readError(error, 'finding out where the entries of a selection stand')
  }
  return stretches
}

function statementOf(tables: TableNames, { selection, spans, width }: MapQuestion): Statement {
  const parameters = createParameters()
  const { filter: _, ...withoutFilter } = selection
  const conditions = [
    selectionCondition(withoutFilter, parameters),
    stretchesCondition(spans, parameters),
    unlessErased(tables),
  ]
  const partition = 'kafka_cluster, kafka_topic, kafka_partition'
  const sql = `SELECT ${partition}, count(), sum(raw.size), min(kafka_offset), max(kafka_offset), min(kafka_timestamp), max(kafka_timestamp)
FROM ${tables.entries}
WHERE ${conditions.join(' AND ')}
GROUP BY ${partition}, intDiv(kafka_offset, ${parameters.one(width, 'UInt64')})
FORMAT RowBinary`
  return { sql, parameters: parameters.all }
}

function decodeStretch(reader: RowBinaryReader): OffsetStretch {
  return {
    cluster: reader.text(),
    topic: reader.text(),
    partition: reader.uint32(),
    rows: Number(reader.uint64()),
    bytes: Number(reader.uint64()),
    firstOffset: reader.uint64(),
    lastOffset: reader.uint64(),
    firstMs: reader.int64(),
    lastMs: reader.int64(),
  }
}
