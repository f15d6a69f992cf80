import { BrokerError, type NextOffset, type TopicPartition } from '@ledgerbus/core'
import type { Broker, Cluster, PartitionMetadata, TopicOffsets } from 'kafkajs'
import type { KafkaSettings } from '../check-options.ts'
import type { QuestionLine } from './question-connection.ts'

/** Where a partition begins and ends. */
export interface OffsetRange extends TopicPartition {
  readonly low: bigint
  /** The high watermark: the next offset a producer will get. */
  readonly end: bigint
}

/** A group's commit. */
export interface StoredOffset extends TopicPartition {
  readonly offset: NextOffset
  readonly metadata: string
}

type PartitionOffset = TopicPartition & { readonly offset: bigint }

/** What can be asked of a cluster without being member of anything. */
export interface Questions {
  connect(): Promise<void>
  clusterId(): Promise<string>
  /** Names of all topics but the broker's internal ones. */
  topics(): Promise<readonly string[]>
  /** @throws BrokerError `BROKER_TOPIC_UNKNOWN` */
  partitions(topic: string): Promise<readonly PartitionMetadata[]>
  offsets(partitions: readonly TopicPartition[]): Promise<readonly OffsetRange[]>
  /** As far as readers of committed records see: the first record of a transaction that is open, else the end. */
  stableEnds(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]>
  /** Partitions without a commit are left out. Without `partitions`: all the group committed. */
  committed(groupId: string, partitions?: readonly TopicPartition[]): Promise<readonly StoredOffset[]>
  /** Commits without being a member, as an administrator does; the broker refuses it while the group has members. */
  commitFor(groupId: string, offsets: readonly PartitionOffset[]): Promise<void>
  close(): Promise<void>
}

/** As kafkajs returns it; its types leave out the id of the cluster and the choice of topics. */
interface MetadataCluster {
  metadata(query: { readonly topics: readonly string[] }): Promise<ClusterMetadata | null>
}

interface ClusterMetadata {
  readonly clusterId: string
  readonly topicMetadata: readonly {
    readonly topic: string
    readonly isInternal?: boolean
    readonly partitionMetadata: readonly PartitionMetadata[]
  }[]
}

/** As kafkajs returns it; its types leave out the metadata of commits. */
interface OffsetBroker {
  offsetFetch(request: {
    readonly groupId: string
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number }[]
    }[]
  }): Promise<{ readonly responses: readonly FetchedOffsets[] }>
}

interface FetchedOffsets {
  readonly topic: string
  readonly partitions: readonly {
    readonly partition: number
    readonly offset: string
    readonly metadata: string | null
  }[]
}

const unanswered = { code: 'BROKER_UNREACHABLE', retriable: true } as const
/** Generation and member of a commit that comes from outside the group. */
const outsider = { groupGenerationId: -1, memberId: '' }

/** @throws BrokerError `BROKER_UNREACHABLE` */
export async function metadataOf(cluster: Cluster, topics: readonly string[]): Promise<ClusterMetadata> {
  const answer = await (cluster as unknown as MetadataCluster).metadata({ topics })
  // kafkajs asks one broker after the other, swallows their errors and returns null.
  if (answer === null) throw new BrokerError('no broker answered; check that Kafka runs', unanswered)
  return answer
}

async function listOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  { fromBeginning }: { readonly fromBeginning: boolean },
): Promise<(partition: TopicPartition) => bigint> {
  const topics = byTopic(partitions)
  await metadataOf(
    cluster,
    topics.map(({ topic }) => topic),
  )
  const answer = await cluster.fetchTopicsOffset(
    topics.map(({ topic, partitions: of }) => ({ topic, partitions: [...of], fromBeginning })),
  )
  return (partition) => offsetIn(answer, partition)
}

function offsetIn(answer: readonly TopicOffsets[], { topic, partition }: TopicPartition): bigint {
  const found = answer.find((of) => of.topic === topic)?.partitions.find((of) => of.partition === partition)
  if (found === undefined)
    throw new BrokerError(`${topic}/${partition}: no leader is known; look at the brokers`, unanswered)
  return BigInt(found.offset)
}

function toStored({ topic, partitions }: FetchedOffsets): StoredOffset[] {
  return partitions
    .map(({ partition, offset, metadata }) => ({
      topic,
      partition,
      offset: BigInt(offset) as NextOffset,
      metadata: metadata ?? '',
    }))
    .filter(({ offset }) => offset >= 0n) // -1: none.
}

function byTopic<Item extends TopicPartition>(
  items: readonly Item[],
): { readonly topic: string; readonly partitions: readonly Item[] }[] {
  const topics = new Map<string, Item[]>()
  for (const item of items) topics.set(item.topic, [...(topics.get(item.topic) ?? []), item])
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}

export function createQuestions(settings: KafkaSettings, line: QuestionLine): Questions {
  const cluster = { where: `Kafka at ${settings.brokers.join(', ')}` }
  const placeOf = (partitions: readonly TopicPartition[]) => {
    const [first] = partitions
    return { where: `topic ${first?.topic}`, ...(first !== undefined && { topic: first.topic }) }
  }

  return {
    connect: () => line.ask(cluster, async () => undefined),
    clusterId: () => line.ask(cluster, async (connection) => (await metadataOf(connection.cluster, [])).clusterId),
    topics: () =>
      line.ask(cluster, async (connection) => {
        const { topicMetadata } = await metadataOf(connection.cluster, [])
        return topicMetadata.filter(({ isInternal }) => isInternal !== true).map(({ topic }) => topic)
      }),
    partitions: (topic) =>
      line.ask({ where: `topic ${topic}`, topic }, async (connection) => {
        const { topicMetadata } = await metadataOf(connection.cluster, [topic])
        return topicMetadata.find((found) => found.topic === topic)?.partitionMetadata ?? []
      }),
    async offsets(partitions) {
      if (partitions.length === 0) return []
      return line.ask(placeOf(partitions), async (connection) => {
        const low = await listOffsets(connection.cluster, partitions, { fromBeginning: true })
        const end = await listOffsets(connection.cluster, partitions, { fromBeginning: false })
        return partitions.map((partition) => ({ ...partition, low: low(partition), end: end(partition) }))
      })
    },
    async stableEnds(partitions) {
      if (partitions.length === 0) return []
      return line.ask(placeOf(partitions), async (connection) => {
        const end = await listOffsets(connection.stableCluster, partitions, { fromBeginning: false })
        return partitions.map((partition) => ({ ...partition, offset: end(partition) }))
      })
    },
    committed: (groupId, partitions) =>
      line.ask({ where: `group ${groupId}`, groupId }, async (connection) => {
        const coordinator: unknown = await connection.cluster.findGroupCoordinator({ groupId })
        const topics = partitions === undefined ? [] : byTopic(partitions)
        const { responses } = await (coordinator as OffsetBroker).offsetFetch({ groupId, topics })
        return responses.flatMap(toStored)
      }),
    commitFor: (groupId, offsets) =>
      line.ask({ where: `group ${groupId}`, groupId }, async (connection) => {
        const coordinator: Broker = await connection.cluster.findGroupCoordinator({ groupId })
        const topics = byTopic(offsets).map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition, offset }) => ({ partition, offset: `${offset}`, metadata: '' })),
        }))
        await coordinator.offsetCommit({ groupId, ...outsider, topics })
      }),
    close: () => line.close(),
  }
}
