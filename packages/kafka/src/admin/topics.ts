import { BrokerError, isLedgerbusError, type TopicDescription, type TopicSpec } from '@ledgerbus/core'
import type { PartitionMetadata } from 'kafkajs'
import type { KafkaSettings } from '../check-options.ts'
import { type Backoff, backoffMs } from '../client/backoff.ts'
import { loadKafkaJs } from '../client/kafkajs.ts'
import type { QuestionLine } from '../client/question-connection.ts'
import type { Questions } from '../client/questions.ts'

/** The topics of a cluster: describe, create, delete. */
export interface Topics {
  describe(names: readonly string[]): Promise<readonly TopicDescription[]>
  create(topics: readonly TopicSpec[]): Promise<readonly string[]>
  delete(names: readonly string[]): Promise<void>
}

/** Brokers hear of a topic one after the other. */
const patienceMs = 30_000
const backoff: Backoff = { firstMs: 20, mostMs: 500 }

export function createTopics(settings: KafkaSettings, line: QuestionLine, questions: Questions): Topics {
  const { clock, random, requestTimeoutMs } = settings

  async function find(name: string): Promise<readonly PartitionMetadata[] | undefined> {
    try {
      return await questions.partitions(name)
    } catch (error) {
      if (isLedgerbusError(error) && error.code === 'BROKER_TOPIC_UNKNOWN') return undefined
      throw error
    }
  }

  /** Settings that were made for the topic, whatever the broker's own. */
  async function settingsOf(names: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    if (names.length === 0) return new Map()
    const { ConfigResourceTypes } = loadKafkaJs()
    const { resources } = await line.ask({ where: `topics ${names.join(', ')}` }, ({ admin }) =>
      admin.describeConfigs({
        resources: names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
        includeSynonyms: false,
      }),
    )
    const madeForTheTopic = 1
    return new Map(
      resources.map(({ resourceName, configEntries }) => {
        const own = configEntries.filter(({ configSource }) => (configSource as number) === madeForTheTopic)
        return [resourceName, Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]))]
      }),
    )
  }

  /** Asks until `isDone`; one broker that does not know yet is not the last word. */
  async function until(where: string, topic: string, isDone: () => Promise<boolean>): Promise<void> {
    const startedAtMs = clock.monotonicMs()
    for (let tries = 1; ; tries += 1) {
      try {
        if (await isDone()) return
      } catch (error) {
        // Whoever leads a partition may be the last to hear of its topic.
        if (!isLedgerbusError(error) || !(error.retriable || error.code === 'BROKER_TOPIC_UNKNOWN')) throw error
      }
      if (clock.monotonicMs() - startedAtMs > patienceMs) {
        throw new BrokerError(`topic ${topic}: ${where} after ${patienceMs} ms; look at the brokers`, {
          code: 'BROKER_TOPIC_NOT_READY',
          topic,
          retriable: true,
        })
      }
      await clock.sleep(backoffMs(backoff, tries, random))
    }
  }

  async function createOne({ name, partitions, replicationFactor, settings: own = {} }: TopicSpec): Promise<boolean> {
    const created = await line.ask({ where: `topic ${name}`, topic: name }, ({ admin }) =>
      admin.createTopics({
        // kafkajs's own wait fails on a broker that has not heard of the topic yet.
        waitForLeaders: false,
        timeout: requestTimeoutMs,
        topics: [
          {
            topic: name,
            numPartitions: partitions,
            ...(replicationFactor !== undefined && { replicationFactor }),
            configEntries: Object.entries(own).map(([key, value]) => ({ name: key, value })),
          },
        ],
      }),
    )
    if (created) await until('it has no leader yet', name, () => isUsable(name, partitions))
    return created
  }

  /** A broker tells of a partition a moment before it leads it; an append in that moment would end unknown. */
  async function isUsable(topic: string, partitions: number): Promise<boolean> {
    const found = await find(topic)
    if (found?.length !== partitions) return false
    await questions.offsets(found.map(({ partitionId }) => ({ topic, partition: partitionId })))
    return true
  }

  return {
    async describe(names) {
      const found: { readonly name: string; readonly partitions: readonly PartitionMetadata[] }[] = []
      for (const name of names) {
        const partitions = await find(name)
        if (partitions !== undefined) found.push({ name, partitions })
      }
      const own = await settingsOf(found.map(({ name }) => name))
      return found.map(({ name, partitions }) => ({
        name,
        partitions: partitions.length,
        replicationFactor: Math.max(...partitions.map(({ replicas }) => replicas.length)),
        underReplicated: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
        settings: own.get(name) ?? {},
      }))
    },
    async create(topics) {
      const created: string[] = []
      // One by one: of several kafkajs tells whether all existed, but not which.
      for (const topic of topics) if (await createOne(topic)) created.push(topic.name)
      return created
    },
    async delete(names) {
      for (const name of names) {
        // Asked first, since the question alone has a clear answer; kafkajs repeats a deletion of what is not there.
        await questions.partitions(name)
      }
      await line.ask({ where: `topics ${names.join(', ')}` }, ({ admin }) =>
        admin.deleteTopics({ topics: [...names], timeout: requestTimeoutMs }),
      )
      for (const name of names) await until('it is still there', name, async () => (await find(name)) === undefined)
    },
  }
}
