import type { PartitionBound } from '@ledgerbus/core'
import type { Parameters } from '../clickhouse/statement.ts'

/** Entries below the bound of their partition; those of partitions without a bound are left out. */
export function boundsCondition(bounds: readonly PartitionBound[], parameters: Parameters): string {
  const byTopic = new Map<string, PartitionBound[]>()
  for (const bound of bounds) {
    const name = JSON.stringify([bound.cluster, bound.topic])
    const ofTopic = byTopic.get(name)
    if (ofTopic === undefined) byTopic.set(name, [bound])
    else ofTopic.push(bound)
  }
  const conditions = [...byTopic.values()].flatMap((ofTopic) => topicConditions(ofTopic, parameters))
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`
}

function topicConditions(bounds: readonly PartitionBound[], parameters: Parameters): readonly string[] {
  const [first] = bounds
  if (first === undefined) return []
  // Of two bounds for one partition both must hold.
  const lowest = new Map<number, bigint>()
  for (const { partition, below } of bounds) {
    const known = lowest.get(partition)
    const offset = below < 0n ? 0n : below
    if (known === undefined || offset < known) lowest.set(partition, offset)
  }
  const cluster = parameters.one(first.cluster, 'String')
  const topic = parameters.one(first.topic, 'String')
  return chunked([...lowest]).map((part) => {
    const partitions = parameters.lists(
      part.map(([partition]) => partition),
      'UInt32',
    )
    const offsets = parameters.lists(
      part.map(([, offset]) => offset),
      'UInt64',
    )
    return `(kafka_cluster = ${cluster} AND kafka_topic = ${topic} AND kafka_offset < transform(kafka_partition, ${partitions.join()}, ${offsets.join()}, toUInt64(0)))`
  })
}

/** So many partitions surely fit into one parameter, together with their offsets. */
const partitionsPerCondition = 2_000

function chunked<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const chunks: Item[][] = []
  for (let start = 0; start < items.length; start += partitionsPerCondition) {
    chunks.push(items.slice(start, start + partitionsPerCondition))
  }
  return chunks
}
