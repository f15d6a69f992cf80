import {
  type BrokerAdmin,
  BrokerError,
  type PartitionOffsets,
  type TopicDescription,
  type TopicSpec,
} from '@ledgerbus/core'
import { closed, notStarted, topicUnknown } from './broker-errors.ts'
import type { BrokerState } from './broker-state.ts'
import type { StoredTopic } from './topic-store.ts'

function describe({ spec, logs }: StoredTopic): TopicDescription {
  return {
    name: spec.name,
    partitions: logs.length,
    replicationFactor: spec.replicationFactor ?? 1,
    underReplicated: 0,
    settings: { ...spec.settings },
  }
}

function checkSpec({ name, partitions }: TopicSpec): void {
  if (/^[a-zA-Z0-9._-]{1,249}$/.test(name) && Number.isInteger(partitions) && partitions > 0) return
  throw new BrokerError(`topic ${name}: a name has letters, digits, dots, _ and -; partitions are 1 or more`, {
    code: 'BROKER_TOPIC_INVALID',
    topic: name,
  })
}

export function createInMemoryAdmin(state: BrokerState): BrokerAdmin {
  let phase: 'new' | 'started' | 'closed' = 'new'

  /** Every question needs a broker that answers; a fake that is laxer than the real one hides faults. */
  function check(): void {
    if (phase === 'new') throw notStarted('admin')
    if (phase === 'closed') throw closed('admin')
    state.network.check()
  }

  function find(name: string): StoredTopic {
    const topic = state.topics.find(name)
    if (topic === undefined) throw topicUnknown(name)
    return topic
  }

  return {
    async start({ signal } = {}) {
      signal?.throwIfAborted()
      if (phase === 'closed') throw closed('admin')
      state.network.check()
      phase = 'started'
    },
    async clusterId() {
      check()
      return state.clusterId
    },
    async listTopics() {
      check()
      return state.topics.names()
    },
    async describeTopics(names) {
      check()
      return names.flatMap((name) => {
        const topic = state.topics.find(name)
        return topic === undefined ? [] : [describe(topic)]
      })
    },
    async createTopics(specs) {
      check()
      specs.forEach(checkSpec)
      const missing = specs.filter(({ name }) => state.topics.find(name) === undefined)
      for (const spec of missing) state.topics.create(spec)
      return missing.map(({ name }) => name)
    },
    async deleteTopics(names) {
      check()
      names.forEach(find)
      for (const name of names) state.topics.delete(name)
    },
    async topicOffsets(topic, { for: whom = 'producers' } = {}) {
      check()
      return find(topic).logs.map(
        ({ low, end, stableEnd }, partition): PartitionOffsets => ({
          topic,
          partition,
          low,
          end: whom === 'readers' ? stableEnd : end,
        }),
      )
    },
    async listGroups() {
      check()
      return state.groupIds()
    },
    async describeGroup(groupId) {
      check()
      return state.findGroup(groupId)?.describe()
    },
    async groupOffsets(groupId) {
      check()
      return state.findGroup(groupId)?.offsets() ?? []
    },
    async setGroupOffsets(groupId, offsets) {
      check()
      const group = state.group(groupId)
      if (group.memberCount > 0) {
        throw new BrokerError(`group ${groupId} has ${group.memberCount} members; stop them first`, {
          code: 'BROKER_GROUP_NOT_EMPTY',
          groupId,
        })
      }
      for (const { topic, partition, offset } of offsets) {
        group.setOffset({ topic, partition }, { offset, metadata: '' })
      }
    },
    async close() {
      phase = 'closed'
    },
  }
}
