import type { OffsetSpan, TopicPartition } from '@ledgerbus/core'
import type { PartitionSpans } from './kafka-spans.ts'
import { partitionName } from './partition-name.ts'

/** Tells how much of some spans has been read. In offsets: how many of them hold a record nobody knows before, and compaction and transactions leave many empty. */
export interface ReadMeter {
  readonly total: number
  /** How many offsets are behind the reading, of all partitions, now that it is past this one. */
  upTo(place: TopicPartition & { readonly offset: bigint }): number
}

export function createReadMeter(partitions: readonly PartitionSpans[]): ReadMeter {
  const spansOf = new Map(partitions.map((one) => [partitionName(one), one.spans]))
  const readOf = new Map<string, bigint>()
  let read = 0n
  return {
    total: Number(partitions.reduce((total, { spans }) => total + widthBelow(spans, undefined), 0n)),
    upTo(place) {
      const name = partitionName(place)
      const now = widthBelow(spansOf.get(name) ?? [], place.offset + 1n)
      read += now - (readOf.get(name) ?? 0n)
      readOf.set(name, now)
      return Number(read)
    },
  }
}

/** How many offsets of spans lie below one. */
function widthBelow(spans: readonly OffsetSpan[], below: bigint | undefined): bigint {
  return spans.reduce((width, { from, to }) => {
    const end = below === undefined || to < below ? to : below
    return end > from ? width + (end - from) : width
  }, 0n)
}
