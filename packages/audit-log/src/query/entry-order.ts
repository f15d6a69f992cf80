import type { AuditOrder, Coordinates } from '@ledgerbus/core'
import type { Parameters } from '../clickhouse/statement.ts'
import { type AuditColumn, sortKeyColumns } from '../row/audit-columns.ts'
import { momentOf } from '../clickhouse/moment.ts'

const partitionColumns: readonly AuditColumn[] = [
  'kafka_cluster',
  'kafka_topic',
  'kafka_partition',
  'kafka_offset',
  'kafka_timestamp',
]

/** Each order is total over coordinates, so copies of a record stand side by side, and a page never begins within them. */
export function orderClause(order: AuditOrder): string {
  switch (order) {
    case 'oldest':
      return sortKeyColumns.join(', ')
    case 'newest':
      return sortKeyColumns.map((column) => `${column} DESC`).join(', ')
    case 'partition':
      return partitionColumns.join(', ')
  }
}

/** Entries behind a place. The comparison of the first column alone is what the index can use. */
export function behindCondition(order: AuditOrder, place: Coordinates, parameters: Parameters): string {
  const values: Readonly<Partial<Record<AuditColumn, string>>> = {
    kafka_timestamp: momentOf(place.timestampMs, parameters),
    kafka_cluster: parameters.one(place.cluster, 'String'),
    kafka_topic: parameters.one(place.topic, 'String'),
    kafka_partition: parameters.one(place.partition, 'UInt32'),
    kafka_offset: parameters.one(place.offset, 'UInt64'),
  }
  const tupleOf = (columns: readonly AuditColumn[]): string => `(${columns.map((column) => values[column]).join(', ')})`
  switch (order) {
    case 'oldest':
      return `kafka_timestamp >= ${values.kafka_timestamp} AND (${sortKeyColumns.join(', ')}) > ${tupleOf(sortKeyColumns)}`
    case 'newest':
      return `kafka_timestamp <= ${values.kafka_timestamp} AND (${sortKeyColumns.join(', ')}) < ${tupleOf(sortKeyColumns)}`
    case 'partition':
      return `(${partitionColumns.join(', ')}) > ${tupleOf(partitionColumns)}`
  }
}

/** Whether two rows are copies of one record. */
export function isSameRecord(left: Coordinates, right: Coordinates): boolean {
  return (
    left.offset === right.offset &&
    left.timestampMs === right.timestampMs &&
    left.partition === right.partition &&
    left.topic === right.topic &&
    left.cluster === right.cluster
  )
}
