import { type NextOffset, type PartitionEpoch, parkingTopicOf, retryTopicOf } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { aRecord } from '../../builders/a-record.ts'
import { createGate } from '../../fakes/gate.ts'
import type { BrokerWorld } from './broker-world.ts'
import type { ConsumerProbe } from './consumer-probe.ts'

function numbers(partitions: readonly { readonly partition: number }[]): readonly number[] {
  return partitions.map(({ partition }) => partition).sort((left, right) => left - right)
}

/** Waits until each partition has exactly one owner among the probes, and each probe owns something. */
async function untilShared(world: BrokerWorld, partitions: number, probes: readonly ConsumerProbe[]): Promise<void> {
  await world.until(() => {
    const owned = probes.map(({ consumer }) => consumer.assignment())
    expect(numbers(owned.flat())).toEqual(Array.from({ length: partitions }, (_, index) => index))
    expect(owned.every((part) => part.length > 0)).toBe(true)
  })
}

/** Membership: what joins, leaves and rebalances do to deliveries and commits. */
export function groupSentences(getWorld: () => BrokerWorld): void {
  describe('group', () => {
    it('tells of a new partition where it begins, where it ends and what was committed, before its first record', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const groupId = world.groupId()
      const base = await world.append(topic, 0, [aRecord({ value: 'a' }), aRecord({ value: 'b' })])
      const gate = createGate()

      const probe = await world.consumer({ groupId, topics: [topic] }, { assigned: () => gate.opened })

      await world.until(() => expect(probe.assigned).toHaveLength(1))
      expect(probe.assigned[0]).toMatchObject({ topic, partition: 0, low: base, end: base + 2n, committed: undefined })
      await world.quiet()
      expect(probe.batches).toEqual([])

      gate.open()
      await world.until(() => expect(probe.values()).toEqual(['a', 'b']))
    })

    it('begins where a seek inside assigned says', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const base = await world.append(
        topic,
        0,
        ['a', 'b', 'c'].map((value) => aRecord({ value })),
      )

      const probe = await world.consumer({ topics: [topic] }, (consumer) => ({
        assigned(partitions) {
          for (const partition of partitions) consumer.seek(partition, (base + 2n) as NextOffset)
        },
      }))

      await world.until(() => expect(probe.values()).toEqual(['c']))
    })

    it('calls assigned again when it throws, and delivers nothing before it resolved', async () => {
      const world = getWorld()
      const topic = await world.topic()
      await world.append(topic, 0, [aRecord({ value: 'a' })])
      let calls = 0
      let callsAtFirstBatch = 0

      const probe = await world.consumer(
        { topics: [topic] },
        {
          assigned() {
            calls += 1
            if (calls < 3) throw new Error('the database is away')
          },
          async deliver() {
            callsAtFirstBatch ||= calls
          },
        },
      )

      await world.until(() => expect(probe.values()).toEqual(['a']))
      expect(callsAtFirstBatch).toBe(3)
    })

    it('goes on behind the commit after a restart, and brings the metadata back', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const groupId = world.groupId()
      const base = await world.append(
        topic,
        0,
        ['a', 'b', 'c'].map((value) => aRecord({ value })),
      )
      const first = await world.consumer({ groupId, topics: [topic] })
      await world.until(() => expect(first.records()).toHaveLength(3))
      const position = {
        ...first.epochOf({ topic, partition: 0 }),
        offset: (base + 2n) as NextOffset,
        metadata: 'm1:abc',
      }
      expect(await first.consumer.commit([position])).toEqual({ kind: 'ok' })
      await first.consumer.close()

      const second = await world.consumer({ groupId, topics: [topic] })

      await world.until(() => expect(second.values()).toEqual(['c']))
      const metadata = world.broker.capabilities.commitMetadata ? 'm1:abc' : ''
      expect(second.assigned[0]?.committed).toEqual({ offset: base + 2n, metadata })
      expect(await second.consumer.committed({ topic, partition: 0 })).toEqual({ offset: base + 2n, metadata })
    })

    it('knows no commit before the first', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const probe = await world.consumer({ topics: [topic] })

      expect(await probe.consumer.committed({ topic, partition: 0 })).toBeUndefined()
    })

    it('keeps offsets beyond 2^53 exactly', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const probe = await world.consumer({ topics: [topic] })
      await world.until(() => expect(probe.assigned).toHaveLength(1))
      const offset = 9_007_199_254_740_993n as NextOffset

      await probe.consumer.commit([{ ...probe.epochOf({ topic, partition: 0 }), offset }])

      expect(await probe.consumer.committed({ topic, partition: 0 })).toMatchObject({ offset })
    })

    it('gives the partitions of a member that closes to the others', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 2 })
      const groupId = world.groupId()
      const first = await world.consumer({ groupId, topics: [topic] })
      const second = await world.consumer({ groupId, topics: [topic] })
      await untilShared(world, 2, [first, second])

      await first.consumer.close()

      await world.until(() => expect(numbers(second.consumer.assignment())).toEqual([0, 1]))
      await world.append(topic, 0, [aRecord({ value: 'x' })])
      await world.append(topic, 1, [aRecord({ value: 'y' })])
      await world.until(() => expect(second.values().toSorted()).toEqual(['x', 'y']))
    })

    it('leaves kept partitions alone when a member joins: same epoch, nothing twice', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 4 })
      const groupId = world.groupId()
      const first = await world.consumer({ groupId, topics: [topic] })
      await world.until(() => expect(first.consumer.assignment()).toHaveLength(4))
      const before = first.consumer.assignment()
      for (const partition of [0, 1, 2, 3]) await world.append(topic, partition, [aRecord({ value: `${partition}` })])
      await world.until(() => expect(first.records()).toHaveLength(4))

      const second = await world.consumer({ groupId, topics: [topic] })
      await untilShared(world, 4, [first, second])
      const kept = first.consumer.assignment()
      for (const { partition } of kept) await world.append(topic, partition, [aRecord({ value: `new ${partition}` })])

      await world.until(() => expect(first.records()).toHaveLength(4 + kept.length))
      await world.quiet()
      expect(first.values().toSorted()).toEqual(
        ['0', '1', '2', '3', ...kept.map(({ partition }) => `new ${partition}`)].toSorted(),
      )
      for (const partition of kept) {
        expect(partition.signal.aborted).toBe(false)
        expect(partition.epoch).toBe(before.find((old) => old.partition === partition.partition)?.epoch)
      }
    })

    it('gives partition p of a topic and of its retry topics to one member, whoever joins and leaves', async () => {
      const world = getWorld()
      const partitions = 4
      const source = await world.topic({ partitions })
      const groupId = world.groupId()
      const lanes = [parkingTopicOf(source, groupId), retryTopicOf(source, groupId, 30_000)]
      for (const name of lanes) await world.topic({ name, partitions })
      const topics = [source, ...lanes]
      const untilFamilies = (probes: readonly ConsumerProbe[]) =>
        world.until(() => {
          const owned = probes.map(({ consumer }) => consumer.assignment())
          expect(owned.flat()).toHaveLength(partitions * topics.length)
          for (const own of owned) {
            expect(own).not.toEqual([])
            // Whatever is owned of a partition, all of it is.
            expect(numbers(own)).toEqual(numbers(own.filter(({ topic }) => topic === source).flatMap((p) => [p, p, p])))
          }
        })

      const first = await world.consumer({ groupId, topics })
      await untilFamilies([first])
      const second = await world.consumer({ groupId, topics })
      await untilFamilies([first, second])
      const third = await world.consumer({ groupId, topics: topics.toReversed() })
      await untilFamilies([first, second, third])
      await first.consumer.close()

      await untilFamilies([second, third])
    })

    it('splits such a family where no member reads all of it, rather than leaving a part to nobody', async () => {
      const world = getWorld()
      const source = await world.topic({ partitions: 2 })
      const groupId = world.groupId()
      const lane = await world.topic({ name: parkingTopicOf(source, groupId), partitions: 2 })

      const first = await world.consumer({ groupId, topics: [source] })
      const second = await world.consumer({ groupId, topics: [lane] })

      await world.until(() => {
        expect(first.consumer.assignment().map(({ topic }) => topic)).toEqual([source, source])
        expect(second.consumer.assignment().map(({ topic }) => topic)).toEqual([lane, lane])
      })
    })

    it('says of all it announced to be revoked what became of it, under the same epochs: kept or lost', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 4 })
      const groupId = world.groupId()
      const first = await world.consumer({ groupId, topics: [topic] })
      await world.until(() => expect(first.assigned).toHaveLength(4))

      const second = await world.consumer({ groupId, topics: [topic] })
      await untilShared(world, 4, [first, second])

      await world.until(() => {
        const decided = [...first.kept, ...first.lost].map(({ epoch }) => epoch)
        const announced = first.revoking.map(({ epoch }) => epoch)
        expect(announced.filter((epoch) => !decided.includes(epoch))).toEqual([])
        const owned = first.consumer.assignment().map(({ epoch }) => epoch)
        expect(new Set(first.kept.map(({ epoch }) => epoch))).toEqual(new Set(owned))
      })
    })

    it('ends the ownership of what a join takes: signal aborted, lost told, commit fenced, seek refused', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 2 })
      const groupId = world.groupId()
      const base = await world.append(topic, 0, [aRecord()])
      await world.append(topic, 1, [aRecord()])
      const first = await world.consumer({ groupId, topics: [topic] })
      await world.until(() => expect(first.records()).toHaveLength(2))
      const before = first.consumer.assignment()

      const second = await world.consumer({ groupId, topics: [topic] })
      await untilShared(world, 2, [first, second])

      const [taken] = before.filter(({ signal }) => signal.aborted) as [PartitionEpoch]
      const [kept] = first.consumer.assignment() as [PartitionEpoch]
      const offset = (base + 1n) as NextOffset
      expect(numbers(first.lost)).toEqual([taken.partition])
      expect(await first.consumer.commit([{ ...taken, offset }])).toEqual({ kind: 'fenced' })
      expect(first.consumer.seek(taken, offset)).toBe(false)
      expect(await first.consumer.committed(taken)).toBeUndefined()
      // The fenced one is left out, the other is stored.
      const mixed = await first.consumer.commit([
        { ...taken, offset },
        { ...kept, offset },
      ])
      expect(mixed).toMatchObject({ kind: 'ok', fenced: [{ topic, partition: taken.partition, epoch: taken.epoch }] })
      expect(await first.consumer.committed(kept)).toMatchObject({ offset })
    })

    it('fences the old epoch also after the same member got the partition back', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 2 })
      const groupId = world.groupId()
      const base = await world.append(topic, 0, [aRecord()])
      await world.append(topic, 1, [aRecord()])
      const first = await world.consumer({ groupId, topics: [topic] })
      await world.until(() => expect(first.records()).toHaveLength(2))
      const before = first.consumer.assignment()
      const second = await world.consumer({ groupId, topics: [topic] })
      await untilShared(world, 2, [first, second])
      await second.consumer.close()
      await world.until(() => expect(first.consumer.assignment()).toHaveLength(2))

      const [old] = before.filter(({ signal }) => signal.aborted) as [PartitionEpoch]
      const regained = first.epochOf(old)

      expect(regained.epoch).toBeGreaterThan(old.epoch)
      const offset = (base + 1n) as NextOffset
      expect(await first.consumer.commit([{ ...old, offset }])).toEqual({ kind: 'fenced' })
      expect(await first.consumer.committed(old)).toBeUndefined()
      expect(await first.consumer.commit([{ ...regained, offset }])).toEqual({ kind: 'ok' })
    })

    it('accepts what is committed while a rebalance is announced', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 2 })
      const groupId = world.groupId()
      const base = await world.append(topic, 0, [aRecord()])
      await world.append(topic, 1, [aRecord()])
      const outcomes: unknown[] = []
      const first = await world.consumer({ groupId, topics: [topic] }, (consumer) => ({
        async revoking(partitions) {
          const offset = (base + 1n) as NextOffset
          outcomes.push(await consumer.commit(partitions.map((partition) => ({ ...partition, offset }))))
        },
      }))
      await world.until(() => expect(first.records()).toHaveLength(2))

      const second = await world.consumer({ groupId, topics: [topic] })
      await untilShared(world, 2, [first, second])

      expect(outcomes[0]).toEqual({ kind: 'ok' })
      // Nothing comes twice: the new owner begins behind the commit.
      await world.quiet()
      expect(second.records()).toEqual([])
    })
  })
}
