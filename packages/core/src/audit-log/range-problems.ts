import type { PartitionRange } from '../ports/audit-log.ts'

/** Partitions of Kafka are numbered in 32 bits. */
const highestPartition = 0x7fff_ffff

/** What keeps stretches of partitions from being asked for, each in a sentence: flags and programs without types may bring anything. */
export function rangeProblems(ranges: readonly PartitionRange[]): readonly string[] {
  return ranges.flatMap((range, index) => problemsOf(range).map((problem) => `ranges[${index}] ${problem}`))
}

function problemsOf({ topic, partition, from, below }: PartitionRange): readonly string[] {
  const isPartition = Number.isInteger(partition) && partition >= 0 && partition <= highestPartition
  const start = from ?? 0n
  return [
    ...(topic === '' ? ['must name a topic'] : []),
    ...(isPartition ? [] : [`must name a partition from 0 to ${highestPartition}, not ${partition}`]),
    ...(start < 0n ? [`must begin at offset 0 or later, not at ${start}`] : []),
    ...(below !== undefined && below <= start ? [`must end behind its begin: ${start} to ${below} holds nothing`] : []),
  ]
}
