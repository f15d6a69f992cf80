import type { NextOffset } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { aRecord } from '../../builders/a-record.ts'
import type { BrokerWorld } from './broker-world.ts'

/** What the admin says and does. */
export function adminSentences(getWorld: () => BrokerWorld): void {
  describe('admin', () => {
    it('names the cluster, always the same', async () => {
      const world = getWorld()
      const first = await (await world.admin()).clusterId()
      const second = await (await world.admin()).clusterId()

      expect(first).not.toBe('')
      expect(second).toBe(first)
    })

    it('creates topics that are missing, tells which, and leaves those that exist as they are', async () => {
      const world = getWorld()
      const admin = await world.admin()
      const existing = await world.topic({ partitions: 2 })
      const missing = `${existing}-new`

      const created = await admin.createTopics([
        { name: existing, partitions: 5 },
        { name: missing, partitions: 3, settings: { 'cleanup.policy': 'compact' } },
      ])

      expect(created).toEqual([missing])
      expect(await admin.describeTopics([missing, 'contract-nowhere', existing])).toMatchObject([
        { name: missing, partitions: 3, underReplicated: 0, settings: { 'cleanup.policy': 'compact' } },
        { name: existing, partitions: 2 },
      ])
      expect(await admin.listTopics()).toEqual(expect.arrayContaining([existing, missing]))
      expect(await admin.listTopics()).toEqual((await admin.listTopics()).toSorted())
    })

    it('deletes topics, and calls one that does not exist an error', async () => {
      const world = getWorld()
      const admin = await world.admin()
      const topic = await world.topic()

      await admin.deleteTopics([topic])

      await world.until(async () => expect(await admin.describeTopics([topic])).toEqual([]))
      await expect(admin.deleteTopics([topic])).rejects.toMatchObject({ code: 'BROKER_TOPIC_UNKNOWN' })
      await expect(admin.topicOffsets(topic)).rejects.toMatchObject({ code: 'BROKER_TOPIC_UNKNOWN' })
    })

    it('tells the first and the next offset of every partition', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 2 })
      const base = await world.append(topic, 1, [aRecord(), aRecord(), aRecord()])

      const [empty, filled] = await (await world.admin()).topicOffsets(topic)

      expect(empty).toMatchObject({ topic, partition: 0 })
      expect(empty?.end).toBe(empty?.low)
      expect(filled).toEqual({ topic, partition: 1, low: base, end: base + 3n })
    })

    it('tells the members of a group, what they own and what the group committed', async () => {
      const world = getWorld()
      const admin = await world.admin()
      const topic = await world.topic({ partitions: 2 })
      const groupId = world.groupId()
      expect(await admin.groupOffsets(groupId)).toEqual([])

      const probe = await world.consumer({ groupId, topics: [topic] })
      await world.until(() => expect(probe.assigned).toHaveLength(2))
      const { epoch } = probe.epochOf({ topic, partition: 1 })
      await probe.consumer.commit([{ topic, partition: 1, epoch, offset: 7n as NextOffset, metadata: 'm' }])

      expect(await admin.listGroups()).toContain(groupId)
      expect(await admin.groupOffsets(groupId)).toMatchObject([{ topic, partition: 1, offset: 7n }])
      const group = await admin.describeGroup(groupId)
      expect(group).toMatchObject({ groupId, state: 'Stable' })
      expect(group?.members.flatMap((member) => member.partitions)).toEqual([
        { topic, partition: 0 },
        { topic, partition: 1 },
      ])
    })

    it('sets the offsets of a group without members, and refuses while it has any', async () => {
      const world = getWorld()
      const admin = await world.admin()
      const topic = await world.topic()
      const groupId = world.groupId()
      const base = await world.append(
        topic,
        0,
        ['a', 'b', 'c'].map((value) => aRecord({ value })),
      )
      const offsets = [{ topic, partition: 0, offset: (base + 1n) as NextOffset }]

      await admin.setGroupOffsets(groupId, offsets)
      const probe = await world.consumer({ groupId, topics: [topic] })

      await world.until(() => expect(probe.values()).toEqual(['b', 'c']))
      await expect(admin.setGroupOffsets(groupId, offsets)).rejects.toMatchObject({ code: 'BROKER_GROUP_NOT_EMPTY' })
    })
  })
}
