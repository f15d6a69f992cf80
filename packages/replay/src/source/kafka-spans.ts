import {
  type AuditSelection,
  type OffsetSpan,
  type PartitionOffsets,
  type TopicPartition,
  uniteSpans,
} from '@ledgerbus/core'

/** What is to be read of one partition. */
export interface PartitionSpans extends TopicPartition {
  /** Offsets that were asked for, whether or not Kafka still holds them. */
  readonly asked: readonly OffsetSpan[]
  /** Those of them that it holds. */
  readonly spans: readonly OffsetSpan[]
  /** Where the partition begins now. */
  readonly low: bigint
}

/** The topics that a selection is about; `undefined` where it names none. */
export function topicsOf({ topics, ranges, below }: AuditSelection): readonly string[] | undefined {
  const lists = [topics, ranges?.map(({ topic }) => topic), below?.map(({ topic }) => topic)]
  const [first, ...others] = lists.filter((list) => list !== undefined)
  if (first === undefined) return undefined
  return [...new Set(first)].filter((topic) => others.every((list) => list.includes(topic))).sort()
}

/** What a selection asks of partitions; those of which it asks nothing are left out. */
export function spansToRead(
  { ranges, below }: Pick<AuditSelection, 'ranges' | 'below'>,
  partitions: readonly PartitionOffsets[],
): readonly PartitionSpans[] {
  return partitions.flatMap(({ topic, partition, low, end }) => {
    const isHere = (one: TopicPartition): boolean => one.topic === topic && one.partition === partition
    // Of two bounds for one partition both must hold; without any of the partition it is left out.
    const bounds = below?.filter(isHere).map((bound) => bound.below)
    const to = bounds === undefined ? end : bounds.reduce(smaller, bounds.length === 0 ? 0n : end)
    const wanted = ranges === undefined ? [{}] : ranges.filter(isHere)
    const asked = uniteSpans(
      wanted.map((range: { readonly from?: bigint; readonly below?: bigint }) => ({
        from: range.from ?? 0n,
        to: smaller(range.below ?? to, to),
      })),
    )
    return asked.length === 0 ? [] : [{ topic, partition, low, asked, spans: beginningAt(asked, low) }]
  })
}

/** What of some spans stands at or behind an offset. */
export function beginningAt(spans: readonly OffsetSpan[], start: bigint): readonly OffsetSpan[] {
  return uniteSpans(spans.map(({ from, to }) => ({ from: from < start ? start : from, to })))
}

function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right
}
