import { BrokerError } from '@ledgerbus/core'
import type { KafkaSettings } from '../check-options.ts'
import { createGroupClient } from '../client/group-client.ts'
import { createKafkaClient, metadataMaxAgeMs } from '../client/kafka-client.ts'
import type { FetchedRecords } from '../fetch/record-batches.ts'
import { clientModules } from '../patches/client-modules.ts'
import { readOwnFetches, recordsBehind } from '../patches/own-fetches.ts'

/** Fetches from the partitions of one topic, without a group. A connection that failed is not used again. */
export interface TopicConnection {
  /**
   * What stands at an offset and behind it, waiting a moment where that is nothing yet.
   *
   * @returns `undefined`: nothing was settled
   * @throws whatever kafkajs throws
   */
  fetch(partition: number, offset: bigint): Promise<FetchedRecords | undefined>
  end(): Promise<void>
}

/** kafkajs fetches within consumers only; its types leave the request out. */
interface FetchingBroker {
  fetch(request: {
    readonly isolationLevel: number
    readonly maxWaitTime: number
    readonly maxBytes: number
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly {
        readonly partition: number
        readonly fetchOffset: string
        readonly maxBytes: number
      }[]
    }[]
  }): Promise<{
    readonly responses: readonly { readonly partitions: readonly { readonly messages: readonly unknown[] }[] }[]
  }>
}

/** The last stable offset bounds the answer, and it names the transactions that were aborted. */
const readCommitted = 1
/** How long a broker holds a fetch back that finds nothing. */
const maxWaitMs = 500
const mostBytes = 1_048_576
const endTimeoutMs = 1_000

export function createTopicConnection(settings: KafkaSettings, topic: string, clusterId: string): TopicConnection {
  const client = createKafkaClient(settings)
  const { cluster } = createGroupClient(client.kafka, {
    groupId: 'ledgerbus-reader',
    metadataMaxAge: metadataMaxAgeMs,
    allowAutoTopicCreation: false,
  })
  readOwnFetches(cluster, { clusterId }, clientModules)
  let connected: Promise<void> | undefined

  async function connect(): Promise<void> {
    await cluster.connect()
    await cluster.addTargetTopic(topic)
  }

  async function leaderOf(partition: number): Promise<FetchingBroker> {
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
    if (nodeId === undefined || Number(nodeId) < 0) {
      throw new BrokerError(`${topic}/${partition}: the partition has no leader right now; look at the brokers`, {
        code: 'BROKER_LEADER_UNAVAILABLE',
        topic,
        partition,
        retriable: true,
      })
    }
    return (await cluster.findBroker({ nodeId })) as unknown as FetchingBroker
  }

  return {
    async fetch(partition, offset) {
      connected ??= connect()
      await connected
      await cluster.refreshMetadataIfNecessary()
      const leader = await leaderOf(partition)
      const { responses } = await leader.fetch({
        isolationLevel: readCommitted,
        maxWaitTime: maxWaitMs,
        maxBytes: mostBytes,
        topics: [{ topic, partitions: [{ partition, fetchOffset: offset.toString(), maxBytes: mostBytes }] }],
      })
      const messages = responses[0]?.partitions[0]?.messages ?? []
      return messages.length === 0 ? undefined : recordsBehind(messages)
    },
    end: () => client.end(() => cluster.disconnect(), { timeoutMs: endTimeoutMs }),
  }
}
