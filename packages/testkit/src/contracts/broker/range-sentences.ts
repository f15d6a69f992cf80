import type { NextOffset } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { aRecord } from '../../builders/a-record.ts'
import type { BrokerContractControls } from './broker-contract-options.ts'
import type { BrokerWorld } from './broker-world.ts'

/** Partitions that appear, and offsets that are gone. */
export function rangeSentences(
  getWorld: () => BrokerWorld,
  { addPartitions, deleteRecords }: BrokerContractControls,
): void {
  describe('offset out of range', () => {
    it('pauses the partition, tells it, leaves the others alone, and goes on after a seek', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 2 })
      const groupId = world.groupId()
      const base = await world.append(topic, 0, [aRecord({ value: 'a' })])
      const beyond = (base + 100n) as NextOffset
      await (await world.admin()).setGroupOffsets(groupId, [{ topic, partition: 0, offset: beyond }])

      const probe = await world.consumer({ groupId, topics: [topic] })

      await world.until(() =>
        expect(probe.problems).toMatchObject([{ code: 'BROKER_OFFSET_OUT_OF_RANGE', topic, partition: 0 }]),
      )
      await world.append(topic, 1, [aRecord({ value: 'other partition' })])
      await world.until(() => expect(probe.values()).toEqual(['other partition']))
      expect(await probe.consumer.committed({ topic, partition: 0 })).toMatchObject({ offset: beyond })

      expect(probe.consumer.seek(probe.epochOf({ topic, partition: 0 }), base as NextOffset)).toBe(true)
      await world.until(() => expect(probe.values()).toEqual(['other partition', 'a']))
    })

    it('reads on at the first record left when told so', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const groupId = world.groupId()
      const base = await world.append(topic, 0, [aRecord({ value: 'a' })])
      const beyond = (base + 100n) as NextOffset
      await (await world.admin()).setGroupOffsets(groupId, [{ topic, partition: 0, offset: beyond }])

      const probe = await world.consumer({ groupId, topics: [topic], onOffsetOutOfRange: 'earliest' })

      await world.until(() => expect(probe.values()).toEqual(['a']))
    })

    if (deleteRecords !== undefined) {
      it('pauses a group whose commit lies below the first record left, and tells both offsets beforehand', async () => {
        const world = getWorld()
        const topic = await world.topic()
        const groupId = world.groupId()
        const base = await world.append(
          topic,
          0,
          ['a', 'b', 'c'].map((value) => aRecord({ value })),
        )
        const offset = (base + 1n) as NextOffset
        await (await world.admin()).setGroupOffsets(groupId, [{ topic, partition: 0, offset }])
        await deleteRecords({ topic, partition: 0 }, base + 2n)

        const probe = await world.consumer({ groupId, topics: [topic] })

        await world.until(() => expect(probe.problems).toMatchObject([{ code: 'BROKER_OFFSET_OUT_OF_RANGE' }]))
        expect(probe.assigned[0]).toMatchObject({ committed: { offset }, low: base + 2n, end: base + 3n })
        await world.quiet()
        expect(probe.values()).toEqual([])
      })
    }
  })

  if (addPartitions !== undefined) {
    describe('new partition', () => {
      it('is read from its first record on, also by a group that began at the end', async () => {
        const world = getWorld()
        const topic = await world.topic()
        const probe = await world.consumer({ topics: [topic], startFrom: 'latest' })
        await world.until(() => expect(probe.assigned).toHaveLength(1))

        await addPartitions(topic, 2)
        // Before any consumer can have noticed; the new partition must be known to the producer, though.
        const producer = await world.producer()
        await world.until(async () => expect(await producer.partitionCount(topic)).toBe(2))
        await world.append(topic, 1, [aRecord({ value: 'first' })])

        await world.until(() => expect(probe.values()).toEqual(['first']))
        expect(probe.lost).toEqual([])
      })
    })
  }
}
