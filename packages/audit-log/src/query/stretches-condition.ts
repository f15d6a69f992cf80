import { type OffsetSpan, type TopicPartition, uniteSpans } from '@ledgerbus/core'
import type { Parameters } from '../clickhouse/statement.ts'

/** Offsets `[from, below)` of one partition; an end that is left out is open. Without a cluster of all. */
export interface Stretch extends TopicPartition {
  readonly cluster?: string
  readonly from?: bigint
  readonly below?: bigint
}

/** Kafka counts in 63 bits. */
const beyondAllOffsets = 2n ** 63n

/**
 * Entries in any of these stretches. The condition stays small for thousands: the stretches of a partition are united, and each condition holds
 * one of every partition of the topic. Only where a partition has more than a few dozen its own are found by halving, in one condition of its own.
 */
export function stretchesCondition(stretches: readonly Stretch[], parameters: Parameters): string {
  const byTopic = new Map<string, Stretch[]>()
  for (const stretch of stretches) {
    const name = JSON.stringify([stretch.cluster, stretch.topic])
    const ofTopic = byTopic.get(name)
    if (ofTopic === undefined) byTopic.set(name, [stretch])
    else ofTopic.push(stretch)
  }
  const conditions = [...byTopic.values()].flatMap((ofTopic) => topicConditions(ofTopic, parameters))
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`
}

function topicConditions(stretches: readonly Stretch[], parameters: Parameters): readonly string[] {
  const [first] = stretches
  if (first === undefined) return []
  const ofPartition = new Map<number, OffsetSpan[]>()
  for (const { partition, from = 0n, below = beyondAllOffsets } of stretches) {
    const spans = ofPartition.get(partition) ?? []
    ofPartition.set(partition, spans)
    spans.push({ from, to: below > beyondAllOffsets ? beyondAllOffsets : below })
  }
  const united = [...ofPartition].map(([partition, spans]) => ({ partition, spans: uniteSpans(spans) }))
  const conditions = [
    ...layersOf(united.filter(({ spans }) => spans.length <= mostLayers)).flatMap((layer) =>
      chunked(layer).map((part) => layerCondition(part, parameters)),
    ),
    ...united
      .filter(({ spans }) => spans.length > mostLayers)
      .flatMap(({ partition, spans }) => chunked(spans).map((part) => halvingCondition(partition, part, parameters))),
  ]
  const cluster = first.cluster === undefined ? '' : `kafka_cluster = ${parameters.one(first.cluster, 'String')} AND `
  const topic = `kafka_topic = ${parameters.one(first.topic, 'String')}`
  return conditions.map((condition) => `(${cluster}${topic} AND ${condition})`)
}

/** More stretches of a partition are found by halving: 10,000 of them make fewer values than the server takes, however they lie. */
const mostLayers = 64

interface PartitionSpan extends OffsetSpan {
  readonly partition: number
}

/** The first stretch of every partition, then the second of those that have one, and so on. */
function layersOf(
  partitions: readonly { readonly partition: number; readonly spans: readonly OffsetSpan[] }[],
): readonly (readonly PartitionSpan[])[] {
  const layers: PartitionSpan[][] = []
  for (const { partition, spans } of partitions) {
    for (const [index, span] of spans.entries()) {
      const layer = layers[index]
      if (layer === undefined) layers.push([{ partition, ...span }])
      else layer.push({ partition, ...span })
    }
  }
  return layers
}

function layerCondition(layer: readonly PartitionSpan[], parameters: Parameters): string {
  const [first] = layer
  if (layer.length === 1 && first !== undefined) {
    return `kafka_partition = ${parameters.one(first.partition, 'UInt32')} AND kafka_offset >= ${parameters.one(first.from, 'UInt64')} AND kafka_offset < ${parameters.one(first.to, 'UInt64')}`
  }
  const partitions = parameters.lists(
    layer.map(({ partition }) => partition),
    'UInt32',
  )
  const [froms, belows] = boundLists(layer, parameters)
  const boundOf = (bounds: string, otherwise: bigint): string =>
    `transform(kafka_partition, ${partitions.join()}, ${bounds}, toUInt64(${otherwise}))`
  return `kafka_offset >= ${boundOf(froms, beyondAllOffsets)} AND kafka_offset < ${boundOf(belows, 0n)}`
}

/** The last stretch that begins at or before an offset is the only one that may hold it; `roundDown` finds it by halving. */
function halvingCondition(partition: number, spans: readonly OffsetSpan[], parameters: Parameters): string {
  const [froms, belows] = boundLists(spans, parameters)
  const start = parameters.one(spans[0]?.from ?? 0n, 'UInt64')
  return `kafka_partition = ${parameters.one(partition, 'UInt32')} AND kafka_offset >= ${start} AND kafka_offset < transform(roundDown(kafka_offset, ${froms}), ${froms}, ${belows}, toUInt64(0))`
}

function boundLists(spans: readonly OffsetSpan[], parameters: Parameters): readonly [froms: string, belows: string] {
  const listOf = (bounds: readonly bigint[]): string => parameters.lists(bounds, 'UInt64').join()
  return [listOf(spans.map(({ from }) => from)), listOf(spans.map(({ to }) => to))]
}

/** So many bounds surely fit into one parameter. */
const boundsPerCondition = 2_000

function chunked<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const chunks: Item[][] = []
  for (let start = 0; start < items.length; start += boundsPerCondition) {
    chunks.push(items.slice(start, start + boundsPerCondition))
  }
  return chunks
}
