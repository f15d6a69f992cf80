import { type NextOffset, systemClock } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { aRecord } from '../../builders/a-record.ts'
import { createGate } from '../../fakes/gate.ts'
import type { BrokerWorld } from './broker-world.ts'
import { textOf } from './consumer-probe.ts'

/** How records reach the listener. */
export function deliverySentences(getWorld: () => BrokerWorld): void {
  describe('delivery', () => {
    it('refuses to start on a topic that does not exist', async () => {
      const world = getWorld()
      const topic = `${await world.topic()}-missing`

      await expect(world.consumer({ topics: [topic] })).rejects.toMatchObject({ code: 'BROKER_TOPIC_UNKNOWN' })
    })

    it('rejects a start with the reason of a signal aborted beforehand', async () => {
      const world = getWorld()
      const reason = new Error('no longer wanted')
      const consumer = world.broker.createConsumer({ groupId: world.groupId(), topics: [await world.topic()] })

      const starting = consumer.start({ deliver: async () => undefined }, { signal: AbortSignal.abort(reason) })

      await expect(starting).rejects.toBe(reason)
      await consumer.close()
    })

    it('reads several topics, each partition in offset order', async () => {
      const world = getWorld()
      const topics = [await world.topic(), await world.topic({ partitions: 2 })] as const
      await world.append(topics[0], 0, [aRecord({ value: 'a' }), aRecord({ value: 'b' })])
      await world.append(topics[1], 1, [aRecord({ value: 'c' })])

      const probe = await world.consumer({ topics })
      await world.until(() => expect(probe.records()).toHaveLength(3))
      await world.append(topics[0], 0, [aRecord({ value: 'd' })])

      await world.until(() => expect(probe.records()).toHaveLength(4))
      const places = probe.records().map(({ topic, partition }, index) => [topic, partition, probe.values()[index]])
      expect(places.filter(([topic]) => topic === topics[0])).toEqual(
        ['a', 'b', 'd'].map((value) => [topics[0], 0, value]),
      )
      expect(places.filter(([topic]) => topic === topics[1])).toEqual([[topics[1], 1, 'c']])
    })

    it('delivers nothing more of a partition until deliver settles, while other partitions go on', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 2 })
      const gate = createGate()
      const probe = await world.consumer(
        { topics: [topic] },
        {
          deliver: ({ partition, records }) =>
            partition === 0 && records.length > 0 ? gate.opened : Promise.resolve(),
        },
      )
      const ofPartition = (number: number): number =>
        probe.records().filter(({ partition }) => partition === number).length

      await world.append(topic, 0, [aRecord()])
      await world.until(() => expect(ofPartition(0)).toBe(1))
      await world.append(topic, 0, [aRecord()])
      for (let count = 1; count <= 3; count += 1) {
        await world.append(topic, 1, [aRecord()])
        await world.until(() => expect(ofPartition(1)).toBe(count))
      }
      await world.quiet()
      expect(ofPartition(0)).toBe(1)

      gate.open()
      await world.until(() => expect(ofPartition(0)).toBe(2))
    })

    it('delivers the same batch again when deliver throws, whatever it throws, and the group lives', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const thrown: unknown[] = [new TypeError('x is not a function'), 'text', undefined, new Error('no')]
      const failures = [...thrown]
      await world.append(topic, 0, [aRecord({ value: 'a' })])

      const probe = await world.consumer(
        { topics: [topic] },
        {
          async deliver() {
            if (failures.length > 0) throw failures.shift()
          },
        },
      )

      await world.until(() => expect(probe.values()).toEqual(['a', 'a', 'a', 'a', 'a']))
      await world.append(topic, 0, [aRecord({ value: 'b' })])
      await world.until(() => expect(probe.values().at(-1)).toBe('b'))
      expect(probe.lost).toEqual([])
      expect(probe.assigned).toHaveLength(1)
    })

    it('keeps the membership while deliver takes longer than a session', async () => {
      const world = getWorld()
      const topic = await world.topic()
      await world.append(topic, 0, [aRecord({ value: 'slow' })])
      const probe = await world.consumer(
        { topics: [topic] },
        {
          deliver: ({ records }) =>
            records.length > 0 ? systemClock.sleep(world.patience.slowDeliverMs) : Promise.resolve(),
        },
      )
      await world.until(() => expect(probe.values()).toEqual(['slow']))
      const epoch = probe.epochOf({ topic, partition: 0 })

      await systemClock.sleep(world.patience.slowDeliverMs)
      await world.append(topic, 0, [aRecord({ value: 'next' })])
      await world.until(() => expect(probe.values()).toEqual(['slow', 'next']))

      expect(await probe.consumer.commit([{ ...epoch, offset: probe.position(epoch) as NextOffset }])).toEqual({
        kind: 'ok',
      })
      expect([probe.revoking, probe.lost]).toEqual([[], []])
    })

    it('begins at the first record by default, and at the end with startFrom latest', async () => {
      const world = getWorld()
      const topic = await world.topic()
      await world.append(topic, 0, [aRecord({ value: 'old' })])

      const earliest = await world.consumer({ topics: [topic] })
      const latest = await world.consumer({ topics: [topic], startFrom: 'latest' })
      // Published at once after start: that the fetch may not have begun yet loses nothing.
      await world.append(topic, 0, [aRecord({ value: 'new' })])

      await world.until(() => expect(latest.values()).toEqual(['new']))
      await world.until(() => expect(earliest.values()).toEqual(['old', 'new']))
    })

    it('takes startFrom for the first start only: a group that comes back goes on where it committed', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const groupId = world.groupId()
      const first = await world.consumer({ groupId, topics: [topic], startFrom: 'latest' })
      await first.consumer.close()

      await world.append(topic, 0, [aRecord({ value: 'while away' })])
      const second = await world.consumer({ groupId, topics: [topic], startFrom: 'latest' })

      await world.until(() => expect(second.values()).toEqual(['while away']))
    })

    it('goes on where a seek says, also during a delivery, and refuses one of an old epoch', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const base = await world.append(
        topic,
        0,
        ['a', 'b', 'c'].map((value) => aRecord({ value })),
      )
      const seeks: boolean[] = []
      const probe = await world.consumer({ topics: [topic] }, (consumer) => ({
        async deliver({ epoch, records }) {
          if (records.length === 0 || seeks.length > 0) return
          seeks.push(consumer.seek({ topic, partition: 0, epoch }, (base + 1n) as NextOffset))
        },
      }))

      await world.until(() => {
        const [, ...later] = probe.batches.filter(({ records }) => records.length > 0)
        expect(later.flatMap(({ records }) => records.map(textOf))).toEqual(['b', 'c'])
      })
      expect(seeks).toEqual([true])
      const { epoch } = probe.epochOf({ topic, partition: 0 })
      expect(probe.consumer.seek({ topic, partition: 0, epoch: epoch + 1 }, base as NextOffset)).toBe(false)
      await world.append(topic, 0, [aRecord({ value: 'd' })])
      await world.until(() => expect(probe.values().at(-1)).toBe('d'))
    })

    it('stops delivering on pause and still commits', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const base = await world.append(topic, 0, [aRecord({ value: 'a' })])
      const probe = await world.consumer({ topics: [topic] })
      await world.until(() => expect(probe.values()).toEqual(['a']))

      probe.consumer.pause()
      probe.consumer.pause()
      await world.append(topic, 0, [aRecord({ value: 'b' })])
      await world.quiet()

      expect(probe.values()).toEqual(['a'])
      const epoch = probe.epochOf({ topic, partition: 0 })
      expect(await probe.consumer.commit([{ ...epoch, offset: (base + 1n) as NextOffset }])).toEqual({ kind: 'ok' })
    })

    it('tells with each batch where the partition ends, so that the lag is known', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const base = await world.append(topic, 0, [aRecord(), aRecord()])

      const probe = await world.consumer({ topics: [topic] })

      await world.until(() => expect(probe.records()).toHaveLength(2))
      const last = probe.batches.at(-1)
      expect(last).toMatchObject({ topic, partition: 0, nextOffset: base + 2n, end: base + 2n })
    })
  })
}
