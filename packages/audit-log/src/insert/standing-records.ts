import type { AuditPartition, StandingQuestion, StandingRecords, WaitOptions } from '@ledgerbus/core'
import type { Connection } from '../clickhouse/connection.ts'
import { readError } from '../clickhouse/error-table.ts'
import { createParameters, type Parameters } from '../clickhouse/statement.ts'
import { momentOf } from '../clickhouse/moment.ts'
import { decodeRows } from '../row/decode-rows.ts'
import type { TableNames } from '../table-names.ts'
import { createCoordinatesList } from './coordinates-digest.ts'

/** What asking about standing records works with. */
export interface StandingNeeds {
  readonly connection: Connection
  readonly tables: TableNames
}

/** Which records of a range stand, in either table. Only columns of coordinates are read: a writer may read no others. */
export async function standingRecords(
  { connection, tables }: StandingNeeds,
  question: StandingQuestion,
  wait: WaitOptions,
): Promise<StandingRecords> {
  const { first, next, times } = question
  const parameters = createParameters()
  const conditions = [
    ...partitionConditions(question, parameters),
    `kafka_offset >= ${parameters.one(first, 'UInt64')} AND kafka_offset < ${parameters.one(next, 'UInt64')}`,
    ...(times === undefined
      ? []
      : [
          `kafka_timestamp >= ${momentOf(times.fromMs, parameters)} AND kafka_timestamp <= ${momentOf(times.toMs, parameters)}`,
        ]),
  ]
  const sql = `SELECT DISTINCT kafka_offset, toUnixTimestamp64Milli(kafka_timestamp) AS time_ms FROM ${tables.entries}
WHERE ${conditions.join(' AND ')} ORDER BY kafka_offset, time_ms FORMAT RowBinary`
  const list = createCoordinatesList()
  const known = new Set<string>()
  try {
    const bytes = connection.bytes({ sql, parameters: parameters.all }, {}, wait)
    for await (const [offset, timeMs] of decodeRows(bytes, (reader) => [reader.uint64(), reader.int64()] as const)) {
      list.add(offset, timeMs)
      known.add(`${offset}/${timeMs}`)
    }
  } catch (error) {
    wait.signal?.throwIfAborted()
    throw readError(error, `asking what stands of ${question.topic}/${question.partition}`)
  }
  return {
    records: list.count,
    digest: list.digest(0, list.count),
    has: ({ offset, timestampMs }) => known.has(`${offset}/${timestampMs}`),
  }
}

/** The highest offset of a partition that stands in either table. */
export async function lastStandingOffset(
  { connection, tables }: StandingNeeds,
  partition: AuditPartition,
  wait: WaitOptions,
): Promise<bigint | undefined> {
  const parameters = createParameters()
  const conditions = partitionConditions(partition, parameters)
  const sql = `SELECT count(), max(kafka_offset) FROM ${tables.entries} WHERE ${conditions.join(' AND ')} FORMAT RowBinary`
  let last: bigint | undefined
  try {
    const bytes = connection.bytes({ sql, parameters: parameters.all }, {}, wait)
    for await (const [count, offset] of decodeRows(bytes, (reader) => [reader.uint64(), reader.uint64()] as const)) {
      if (count > 0n) last = offset
    }
  } catch (error) {
    wait.signal?.throwIfAborted()
    throw readError(error, `asking what stands of ${partition.topic}/${partition.partition}`)
  }
  return last
}

function partitionConditions({ cluster, topic, partition }: AuditPartition, parameters: Parameters): readonly string[] {
  return [
    `kafka_cluster = ${parameters.one(cluster, 'String')}`,
    `kafka_topic = ${parameters.one(topic, 'String')}`,
    `kafka_partition = ${parameters.one(partition, 'UInt32')}`,
  ]
}
