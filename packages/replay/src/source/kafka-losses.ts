import type { TopicDescription } from '@ledgerbus/core'
import type { OpenSelection } from './replay-source.ts'
import type { PartitionSpans } from './kafka-spans.ts'

/** What was seen of a partition beside its entries. */
export interface PartitionSight extends Pick<PartitionSpans, 'topic' | 'partition' | 'asked' | 'spans' | 'low'> {
  /** Kafka's time of the first record that was read; absent where there was none. */
  readonly firstMs?: bigint
}

/** Sentences about what Kafka does not hold any more, or may not. */
export function kafkaLosses(
  sights: readonly PartitionSight[],
  topics: readonly TopicDescription[],
  selection: Pick<OpenSelection, 'fromMs' | 'ranges'>,
): readonly string[] {
  return [...sights.flatMap((sight) => lostToRetention(sight, selection)), ...topics.flatMap(lostToCompaction)]
}

/**
 * What is gone had no times that could be asked for. Where the first record left is older than the range, what stood before it was older still, as far as
 * clocks go; where offsets were asked for, they are missed whatever their times were.
 */
function lostToRetention(
  { topic, partition, asked, spans, low, firstMs }: PartitionSight,
  { fromMs, ranges }: Pick<OpenSelection, 'fromMs' | 'ranges'>,
): readonly string[] {
  const start = asked[0]?.from
  if (start === undefined || start >= low) return []
  const where = `${topic}/${partition}: Kafka holds nothing below offset ${low} any more`
  if (spans.length === 0) return [`${where}, and so nothing of what was asked for`]
  if (firstMs === undefined) return [`${where}, and no record of the range behind it`]
  if (ranges === undefined && firstMs <= BigInt(Math.ceil(fromMs))) return []
  return [
    `${where}; its first record is of ${timeText(firstMs)}, the range begins ${ranges === undefined ? `at ${timeText(BigInt(Math.ceil(fromMs)))}` : `at offset ${start}`}`,
  ]
}

function lostToCompaction({ name, settings }: TopicDescription): readonly string[] {
  const isCompacted = (settings['cleanup.policy'] ?? '').split(',').some((policy) => policy.trim() === 'compact')
  return isCompacted ? [`${name} is compacted: of each key only the newest record is sure to be there`] : []
}

/** Producers set times, also ones that no calendar has. */
function timeText(ms: bigint): string {
  const date = new Date(Number(ms))
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString()
}
