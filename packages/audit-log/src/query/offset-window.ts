import type { PartitionStart } from '@ledgerbus/core'
import { momentOf } from '../clickhouse/moment.ts'
import type { Parameters } from '../clickhouse/statement.ts'
import { stretchesCondition } from './stretches-condition.ts'

/** Offsets `[from, below)` of one partition of one cluster. */
export interface OffsetSpan extends PartitionStart {
  readonly below: bigint
}

/** As much as one query reads: one stretch of some partitions each, and the times between which all of it lies. */
export interface OffsetWindow {
  readonly spans: readonly OffsetSpan[]
  /** Kafka's time of the earliest and the latest row, in milliseconds since 1970. */
  readonly firstMs: bigint
  readonly lastMs: bigint
}

/** The times are what the table is sorted by, so they are what keeps a window from reading all of it. */
export function windowCondition({ spans, firstMs, lastMs }: OffsetWindow, parameters: Parameters): string {
  const [first, last] = [momentOf(firstMs, parameters), momentOf(lastMs, parameters)]
  return `kafka_timestamp >= ${first} AND kafka_timestamp <= ${last} AND ${stretchesCondition(spans, parameters)}`
}
