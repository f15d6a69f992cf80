import type { TopicPartition, TopicSpec } from '@ledgerbus/core'
import { createPartitionLog, type PartitionLog } from './partition-log.ts'

/** A topic and its partitions. Deleted and created again it is another object, with logs of its own. */
export interface StoredTopic {
  readonly spec: TopicSpec
  readonly logs: readonly PartitionLog[]
}

/** The topics of the broker. */
export interface TopicStore {
  find(name: string): StoredTopic | undefined
  log(partition: TopicPartition): PartitionLog | undefined
  /** Sorted. */
  names(): readonly string[]
  create(spec: TopicSpec): void
  delete(name: string): void
  /** @returns whether the topic grew; a topic never shrinks */
  grow(name: string, partitions: number): boolean
  /** Calls `listener` with the name of a topic that was created, deleted or grown. Returns what ends it. */
  onChange(listener: (topic: string) => void): () => void
}

/** Kafka's own default of `max.message.bytes`. */
const defaultMaxBatchBytes = 1_048_588

/** The most bytes a batch may have in this topic. */
export function maxBatchBytesOf(topic: StoredTopic): number {
  return Number(topic.spec.settings?.['max.message.bytes'] ?? defaultMaxBatchBytes)
}

export function createTopicStore(firstOffset: bigint): TopicStore {
  const topics = new Map<string, StoredTopic>()
  const listeners = new Set<(topic: string) => void>()

  function makeLogs(count: number): readonly PartitionLog[] {
    return Array.from({ length: count }, () => createPartitionLog(firstOffset))
  }

  function changed(topic: string): void {
    for (const listener of [...listeners]) listener(topic)
  }

  return {
    find: (name) => topics.get(name),
    log: ({ topic, partition }) => topics.get(topic)?.logs[partition],
    names: () => [...topics.keys()].sort(),
    create(spec) {
      topics.set(spec.name, { spec, logs: makeLogs(spec.partitions) })
      changed(spec.name)
    },
    delete(name) {
      topics.delete(name)
      changed(name)
    },
    grow(name, partitions) {
      const topic = topics.get(name)
      if (topic === undefined || partitions <= topic.logs.length) return false
      const logs = [...topic.logs, ...makeLogs(partitions - topic.logs.length)]
      topics.set(name, { spec: { ...topic.spec, partitions }, logs })
      changed(name)
      return true
    },
    onChange(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
