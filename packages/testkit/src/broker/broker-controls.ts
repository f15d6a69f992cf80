import type { ConsumerRecord, TopicPartition } from '@ledgerbus/core'
import { topicUnknown } from './broker-errors.ts'
import type { BrokerState } from './broker-state.ts'
import type { BrokerFault } from './broker-fault.ts'

/** What a test can do to the in-memory broker that no client could: the faults of a real cluster, at the moment it chooses. */
export interface BrokerControls {
  /**
   * Makes coming operations fail, hang or end unknown; several faults wait in the order given.
   * @returns what takes the rest of the fault back
   */
  inject(fault: BrokerFault): () => void
  /** Nothing answers any more: calls are refused, appends wait, nothing is delivered. Memberships survive. */
  goDown(): void
  comeBack(): void
  /** Makes a group agree anew, with the same members. With `announce: false` no `revoking` comes before. */
  rebalance(groupId: string, options?: { readonly announce?: boolean }): Promise<void>
  /**
   * Ends the ownership of partitions without warning, as when a session lapses, and gives them to nobody. `silently`: the
   * owner goes on in ignorance, delivers what it has, and learns it from its next commit, which is fenced.
   *
   * @returns what gives them back: the group then agrees anew, under new epochs
   */
  takeAway(
    groupId: string,
    options?: {
      /** @default all that the group owns now */
      readonly partitions?: readonly TopicPartition[]
      /** @default false */
      readonly silently?: boolean
    },
  ): () => void
  /** Gives a topic more partitions; keys may move, as in Kafka. @throws BrokerError `BROKER_TOPIC_UNKNOWN` */
  addPartitions(topic: string, partitions: number): void
  /** Removes the records below an offset, as retention does. @throws BrokerError `BROKER_TOPIC_UNKNOWN` */
  deleteRecords(partition: TopicPartition, below: bigint): void
  /** Keeps the newest record of each key; the rest become holes. @throws BrokerError `BROKER_TOPIC_UNKNOWN` */
  compact(partition: TopicPartition): void
  /** The committed records of a topic, by partition and offset. @throws BrokerError `BROKER_TOPIC_UNKNOWN` */
  records(topic: string, options?: { readonly partition?: number }): readonly ConsumerRecord[]
}

export function createBrokerControls(state: BrokerState): BrokerControls {
  function logOf(partition: TopicPartition): NonNullable<ReturnType<typeof state.topics.log>> {
    const log = state.topics.log(partition)
    if (log === undefined) throw topicUnknown(`${partition.topic}/${partition.partition}`)
    return log
  }

  function recordsOf(topic: string, partition: number): readonly ConsumerRecord[] {
    const log = logOf({ topic, partition })
    const { records } = log.read(log.low, { maxBytes: Number.POSITIVE_INFINITY, maxRecords: Number.POSITIVE_INFINITY })
    return records.map(({ offset, record }) => ({ cluster: state.clusterId, topic, partition, offset, ...record }))
  }

  return {
    inject: (fault) => state.faults.inject(fault),
    goDown() {
      state.network.goDown()
    },
    comeBack() {
      state.network.comeBack()
    },
    rebalance: (groupId, options) => state.group(groupId).rebalance(options),
    takeAway(groupId, { partitions, silently = false } = {}) {
      const group = state.group(groupId)
      const taken = partitions ?? group.owned()
      group.withhold(taken, { silently })
      return () => {
        group.giveBack(taken)
      }
    },
    addPartitions(topic, partitions) {
      if (state.topics.find(topic) === undefined) throw topicUnknown(topic)
      state.topics.grow(topic, partitions)
    },
    deleteRecords(partition, below) {
      logOf(partition).deleteBelow(below)
    },
    compact(partition) {
      logOf(partition).compact()
    },
    records(topic, { partition } = {}) {
      const stored = state.topics.find(topic)
      if (stored === undefined) throw topicUnknown(topic)
      const partitions = partition === undefined ? stored.logs.keys() : [partition]
      return [...partitions].flatMap((number) => recordsOf(topic, number))
    },
  }
}
