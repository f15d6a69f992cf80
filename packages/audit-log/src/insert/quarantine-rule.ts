/** Why a record cannot stand among the events. */
export type QuarantineReason = 'kafka-timestamp' | 'size' | 'refused'

/** Longest row among the events, encoded. */
export const maxEventRowBytes: number = 8 * 1024 * 1024

const dayMs = 86_400_000
const maxAgeMs = BigInt(3_653 * dayMs)
const maxAheadMs = BigInt(dayMs)

/** Kafka's timestamps that may stand among the events, in milliseconds since 1970, both inclusive. */
export interface TimestampBounds {
  readonly fromMs: bigint
  readonly toMs: bigint
}

/**
 * Producers set Kafka's timestamp as they like. The events are partitioned by its month, so times strewn over centuries would make a
 * partition each, and a batch of more than a few hundred months is refused whole.
 */
export function timestampBounds(nowMs: number): TimestampBounds {
  const now = BigInt(Math.trunc(nowMs))
  return { fromMs: now - maxAgeMs, toMs: now + maxAheadMs }
}
