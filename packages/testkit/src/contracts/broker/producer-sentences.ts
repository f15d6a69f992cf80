import { describe, expect, it } from 'vitest'
import { aRecord } from '../../builders/a-record.ts'
import type { BrokerWorld } from './broker-world.ts'

/** What appending promises. */
export function producerSentences(getWorld: () => BrokerWorld): void {
  describe('producer', () => {
    it('gives the records of a batch consecutive offsets from the one it reports', async () => {
      const world = getWorld()
      const topic = await world.topic()

      const first = await world.append(
        topic,
        0,
        ['a', 'b', 'c'].map((value) => aRecord({ value })),
      )
      const second = await world.append(topic, 0, [aRecord({ value: 'd' })])
      const probe = await world.consumer({ topics: [topic] })

      expect(second).toBe(first + 3n)
      await world.until(() =>
        expect(probe.records().map(({ offset }) => offset)).toEqual([first, first + 1n, first + 2n, second]),
      )
      expect(probe.values()).toEqual(['a', 'b', 'c', 'd'])
    })

    it('keeps key, value, headers and timestamp byte for byte: tombstones, empty values, null and repeated headers', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const records = [
        aRecord({ key: 'tombstone', value: null }),
        aRecord({ key: null, value: '' }),
        aRecord({ key: '', value: Uint8Array.of(0, 0xff, 0xfe, 0x80) }),
        aRecord({ timestampMs: 981_173_106_007n, headers: { 'lb-b': 'ü', 'lb-a': null, 7: '' } }),
        aRecord({
          headers: [
            ['twice', '1'],
            ['between', Uint8Array.of(0xff)],
            ['twice', '2'],
          ],
        }),
      ]

      const base = await world.append(topic, 0, records)
      const probe = await world.consumer({ topics: [topic] })

      await world.until(() => expect(probe.records()).toHaveLength(records.length))
      const cluster = await (await world.admin()).clusterId()
      expect(probe.records()).toEqual(
        records.map((record, index) => ({ cluster, topic, partition: 0, offset: base + BigInt(index), ...record })),
      )
    })

    it('appends to exactly the partition it is told', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 3 })
      const sameKey = { key: 'k' }

      for (const partition of [2, 0, 1])
        await world.append(topic, partition, [aRecord({ ...sameKey, value: `${partition}` })])
      const probe = await world.consumer({ topics: [topic] })

      await world.until(() => expect(probe.records()).toHaveLength(3))
      for (const record of probe.records())
        expect(record.value).toEqual(aRecord({ value: `${record.partition}` }).value)
    })

    it('says how many partitions a topic has, and never creates one that is missing', async () => {
      const world = getWorld()
      const producer = await world.producer()
      const topic = await world.topic({ partitions: 3 })
      const missing = `${topic}-missing`

      expect(await producer.partitionCount(topic)).toBe(3)
      await expect(producer.partitionCount(missing)).rejects.toMatchObject({
        code: 'BROKER_TOPIC_UNKNOWN',
        topic: missing,
      })
      expect(await producer.append(missing, 0, [aRecord()])).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_TOPIC_UNKNOWN' },
      })
      expect(await (await world.admin()).listTopics()).not.toContain(missing)
    })

    it('fails a batch for a partition that does not exist', async () => {
      const world = getWorld()
      const producer = await world.producer()
      const topic = await world.topic({ partitions: 1 })

      expect(await producer.append(topic, 1, [aRecord()])).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_PARTITION_UNKNOWN', topic, partition: 1 },
      })
    })

    it('fails a record that is too large alone: what was before and after it stands', async () => {
      const world = getWorld()
      const producer = await world.producer()
      const topic = await world.topic({ settings: { 'max.message.bytes': '10000' } })

      const outcomes = await Promise.all(
        ['before', 'x'.repeat(20_000), 'after'].map((value) => producer.append(topic, 0, [aRecord({ value })])),
      )
      const probe = await world.consumer({ topics: [topic] })

      expect(outcomes).toMatchObject([
        { kind: 'ok' },
        { kind: 'failed', error: { code: 'BROKER_RECORD_TOO_LARGE', retriable: false } },
        { kind: 'ok' },
      ])
      await world.until(() => expect(probe.values()).toEqual(['before', 'after']))
    })

    it('keeps the batches of a partition in the order of the calls, however many are called at once', async () => {
      const world = getWorld()
      const producer = await world.producer()
      const topic = await world.topic()
      const values = Array.from({ length: 50 }, (_, index) => `${index}`)

      const outcomes = await Promise.all(values.map((value) => producer.append(topic, 0, [aRecord({ value })])))
      const probe = await world.consumer({ topics: [topic] })

      expect(outcomes.every(({ kind }) => kind === 'ok')).toBe(true)
      await world.until(() => expect(probe.values()).toEqual(values))
    })

    it('takes 500 records at once, and fails none and 501', async () => {
      const world = getWorld()
      const producer = await world.producer()
      const topic = await world.topic()
      const records = Array.from({ length: 501 }, () => aRecord({ value: 'x' }))

      expect(await producer.append(topic, 0, records.slice(0, 500))).toMatchObject({ kind: 'ok' })
      expect(await producer.append(topic, 0, [])).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_BATCH_INVALID' },
      })
      expect(await producer.append(topic, 0, records)).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_BATCH_INVALID' },
      })
    })

    it('fails, and never rejects, before start, after close and for a signal aborted beforehand', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const producer = await world.producer()
      const unstarted = world.broker.createProducer()
      const reason = new Error('no longer wanted')

      expect(await unstarted.append(topic, 0, [aRecord()])).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_NOT_STARTED' },
      })
      expect(await producer.append(topic, 0, [aRecord()], { signal: AbortSignal.abort(reason) })).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_ABORTED', cause: reason },
      })
      await producer.close()
      await producer.close()
      expect(await producer.append(topic, 0, [aRecord()])).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_CLOSED' },
      })
    })

    it('waits in close for what is in flight', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const producer = await world.producer()
      const values = Array.from({ length: 20 }, (_, index) => `${index}`)

      const outcomes: string[] = []
      for (const value of values) {
        void producer.append(topic, 0, [aRecord({ value })]).then(({ kind }) => outcomes.push(kind))
      }
      await producer.close()

      expect(outcomes).toEqual(values.map(() => 'ok'))
    })
  })
}
