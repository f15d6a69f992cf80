import { type BrokerAdmin, BrokerError } from '@ledgerbus/core'
import type { KafkaSettings } from '../check-options.ts'
import { createQuestionLine } from '../client/question-connection.ts'
import { createQuestions } from '../client/questions.ts'
import { settle } from '../client/settle.ts'
import { byPlace, createGroups } from './groups.ts'
import { createTopics } from './topics.ts'

/** The admin of the broker port over kafkajs. */
export function createKafkaAdmin(settings: KafkaSettings): BrokerAdmin {
  const { clock } = settings
  const line = createQuestionLine(settings)
  const questions = createQuestions(settings, line)
  const topics = createTopics(settings, line, questions)
  const groups = createGroups(line, questions)
  let phase: 'new' | 'started' | 'closed' = 'new'

  function check(): void {
    if (phase === 'new')
      throw new BrokerError('the admin was not started; call start() first', { code: 'BROKER_NOT_STARTED' })
    if (phase === 'closed') throw new BrokerError('the admin is closed; make a new one', { code: 'BROKER_CLOSED' })
  }

  return {
    async start({ signal } = {}) {
      signal?.throwIfAborted()
      if (phase === 'closed') check()
      const connected = await settle(questions.connect(), { clock, withinMs: Number.POSITIVE_INFINITY, signal })
      if (connected.kind === 'error') throw connected.error
      if (connected.kind !== 'value') throw signal?.reason
      if (phase === 'new') phase = 'started'
    },
    async clusterId() {
      check()
      return questions.clusterId()
    },
    async listTopics() {
      check()
      return [...(await questions.topics())].sort()
    },
    async describeTopics(names) {
      check()
      return topics.describe(names)
    },
    async createTopics(specs) {
      check()
      return topics.create(specs)
    },
    async deleteTopics(names) {
      check()
      await topics.delete(names)
    },
    async topicOffsets(topic, { for: whom = 'producers' } = {}) {
      check()
      const partitions = (await questions.partitions(topic)).map(({ partitionId }) => ({
        topic,
        partition: partitionId,
      }))
      const offsets = [...(await questions.offsets(partitions))].sort(byPlace)
      if (whom === 'producers') return offsets
      const stable = new Map(
        (await questions.stableEnds(partitions)).map(({ partition, offset }) => [partition, offset]),
      )
      return offsets.map((one) => ({ ...one, end: stable.get(one.partition) ?? one.end }))
    },
    async listGroups() {
      check()
      return groups.list()
    },
    async describeGroup(groupId) {
      check()
      return groups.describe(groupId)
    },
    async groupOffsets(groupId) {
      check()
      return [...(await questions.committed(groupId))].sort(byPlace)
    },
    async setGroupOffsets(groupId, offsets) {
      check()
      await groups.setOffsets(groupId, offsets)
    },
    async close() {
      if (phase === 'closed') return
      phase = 'closed'
      await line.close()
    },
  }
}
