import { randomUUID } from 'node:crypto'
import type { NextOffset, PartitionEpoch, ProducerRecord } from '@ledgerbus/core'
import { aRecord } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { describe, expect, it } from 'vitest'
import { createBrokerControls } from './broker-controls.ts'
import { createKafkaWorld, until } from './kafka-world.ts'

const { kafkaBrokers } = stackAddresses()

describe('consuming from Kafka', () => {
  const world = createKafkaWorld({ brokers: kafkaBrokers })
  const controls = createBrokerControls(kafkaBrokers)

  it('keeps its loop free over a record of 10,000 headers, and their order', async () => {
    const topic = await world.topic()
    const headers = Array.from({ length: 10_000 }, (_, index) => ({
      name: `${index % 100}`,
      value: Uint8Array.of(index % 256),
    }))
    await world.append(topic, 0, [{ ...aRecord({ value: 'many' }), headers }])
    let longestMs = 0
    let last = performance.now()
    const beat = setInterval(() => {
      const now = performance.now()
      longestMs = Math.max(longestMs, now - last)
      last = now
    }, 5)

    const { batches } = await world.reader({ topics: [topic] })
    await until(() => expect(batches).toHaveLength(1))
    clearInterval(beat)

    expect(batches[0]?.records[0]?.headers).toEqual(headers)
    // kafkajs copies all headers for each: 16 s on the machine this was measured on.
    expect(longestMs).toBeLessThan(500)
  })

  it('hands over batches larger than a fetch, record by record in order', async () => {
    const topic = await world.topic()
    const values = Array.from({ length: 1_500 }, (_, index) => `${index}-`.padEnd(2_000, 'x'))
    for (let from = 0; from < values.length; from += 250) await world.append(topic, 0, values.slice(from, from + 250))

    const reader = await world.reader({ topics: [topic], maxBytesPerPartition: 200_000 })

    await until(() => expect(reader.values()).toHaveLength(values.length))
    expect(reader.values()).toEqual(values)
  })

  it('holds little of a partition whose deliveries hang, while the others go on', async () => {
    const topic = await world.topic({ partitions: 2 })
    const large = Array.from({ length: 100 }, (_, index) => `${index}-`.padEnd(9_000, 'x'))
    for (let part = 0; part < 20; part += 1) await world.append(topic, 0, large)
    const reader = await world.reader(
      { topics: [topic], maxBytesPerPartition: 100_000 },
      { deliver: ({ partition }) => (partition === 0 ? new Promise(() => undefined) : Promise.resolve()) },
    )
    await until(() => expect(reader.batches).toHaveLength(1))
    const heapBefore = process.memoryUsage().arrayBuffers

    for (let index = 0; index < 5; index += 1) await world.append(topic, 1, [`${index}`])

    await until(() => expect(reader.values().slice(-5)).toEqual(['0', '1', '2', '3', '4']))
    expect(reader.batches.filter(({ partition }) => partition === 0)).toHaveLength(1)
    expect(process.memoryUsage().arrayBuffers - heapBefore).toBeLessThan(20_000_000)
  })

  it('pauses a partition whose position fell below what is left while it was slow, and overwrites no commit', async () => {
    const topic = await world.topic()
    const values = Array.from({ length: 40 }, (_, index) => `${index}-`.padEnd(10_000, 'x'))
    await world.append(topic, 0, values)
    await world.append(topic, 0, values)
    await world.append(topic, 0, values)
    let letGo = (): void => undefined
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const groupId = `group-${randomUUID()}`
    const reader = await world.reader(
      { topics: [topic], groupId, maxBytesPerPartition: 50_000 },
      { deliver: () => held },
    )
    await until(() => expect(reader.batches).toHaveLength(1))
    const [{ partition, epoch }] = reader.consumer.assignment() as readonly [PartitionEpoch]
    await reader.consumer.commit([{ topic, partition, epoch, offset: 1n as NextOffset, metadata: 'mine' }])

    await controls.deleteRecords({ topic, partition: 0 }, 100n)
    letGo()

    await until(() =>
      expect(reader.problems).toMatchObject([{ code: 'BROKER_OFFSET_OUT_OF_RANGE', topic, partition: 0 }]),
    )
    expect(reader.problems[0]?.message).toMatch(/the partition holds \[100, 120\), \d+ offsets are gone/)
    // kafkajs would have committed -2 over it and jumped.
    expect(await reader.consumer.committed({ topic, partition: 0 })).toEqual({ offset: 1n, metadata: 'mine' })
    expect(reader.consumer.seek({ topic, partition, epoch }, 110n as NextOffset)).toBe(true)
    await until(() => expect(reader.values().at(-1)).toBe(values.at(-1)))
    expect(reader.values().slice(-10)).toEqual(values.slice(-10))
  })

  it('begins at the end for a topic that a group with members newly reads, and misses nothing published afterwards', async () => {
    const old = await world.topic()
    const added = await world.topic()
    await world.append(added, 0, ['before'])
    const groupId = `group-${randomUUID()}`
    await world.reader({ topics: [old], groupId })

    // The first member does not read the new topic, and leads the group.
    const both = await world.reader({ topics: [old, added], groupId, startFrom: 'latest' })
    await until(() => expect(both.consumer.assignment().map(({ topic }) => topic)).toContain(added))
    await until(async () =>
      expect(await both.consumer.committed({ topic: added, partition: 0 })).toMatchObject({ offset: 1n }),
    )
    await both.consumer.close()
    await world.append(added, 0, ['while it was away'])
    const again = await world.reader({ topics: [old, added], groupId, startFrom: 'latest' })

    await until(() => expect(again.values()).toEqual(['while it was away']))
  })

  it.each(['gzip', 'zstd'])('reads what the broker compressed with %s', async (compression) => {
    const topic = await world.topic({ settings: { 'compression.type': compression } })
    const values = Array.from({ length: 50 }, (_, index) => `value ${index}`)
    await world.append(topic, 0, values)

    const reader = await world.reader({ topics: [topic] })

    await until(() => expect(reader.values()).toEqual(values))
  })

  it('names a codec that is missing, and skips nothing', async () => {
    const topic = await world.topic({ settings: { 'compression.type': 'lz4' } })
    await world.append(topic, 0, ['compressed'])

    const reader = await world.reader({ topics: [topic] })

    await until(() => expect(reader.problems[0]).toMatchObject({ code: 'BROKER_CONSUMER_RESTARTED' }))
    expect(reader.problems[0]?.message).toContain('pass the codec in `codecs`')
    expect(reader.values()).toEqual([])
  })

  it('goes on with the others of its topics when one is deleted and comes back', async () => {
    const stays = await world.topic()
    const goes = await world.topic()
    const reader = await world.reader({ topics: [stays, goes] })
    const admin = world.broker.createAdmin()
    await admin.start()

    await admin.deleteTopics([goes])
    await until(() => expect(reader.problems).not.toEqual([]), 60_000)
    expect(reader.problems[0]?.message).toContain('does not exist')
    await admin.createTopics([{ name: goes, partitions: 1, settings: { 'retention.ms': '-1' } }])
    await admin.close()
    await world.append(stays, 0, ['a'])
    await world.append(goes, 0, ['b'])

    await until(() => expect(reader.values().toSorted()).toEqual(['a', 'b']), 60_000)
  })

  it('delivers each record once and in order through many joins and leaves', async () => {
    const topic = await world.topic({ partitions: 4 })
    const groupId = `group-${randomUUID()}`
    const seen = new Map<number, bigint[]>()
    const member = () =>
      world.reader(
        { topics: [topic], groupId },
        {
          async deliver({ partition, records }) {
            for (const { offset } of records) seen.set(partition, [...(seen.get(partition) ?? []), offset])
          },
        },
      )
    const committed = async (reader: Awaited<ReturnType<typeof member>>) => {
      const last = new Map(reader.batches.map((batch) => [`${batch.partition}/${batch.epoch}`, batch]))
      await reader.consumer.commit(
        [...last.values()].map(({ partition, epoch, nextOffset: offset }) => ({ topic, partition, epoch, offset })),
      )
    }
    const first = await member()
    const records: readonly ProducerRecord[] = Array.from({ length: 100 }, () => aRecord())
    const producer = await world.producer()

    for (let round = 0; round < 3; round += 1) {
      for (const partition of [0, 1, 2, 3]) await producer.append(topic, partition, records)
      const end = BigInt((round + 1) * 100)
      await until(() => expect([...seen.values()].map((offsets) => offsets.at(-1))).toEqual(Array(4).fill(end - 1n)))
      await committed(first)
      const second = await member()
      await until(() => expect(second.consumer.assignment()).toHaveLength(2))
      await second.consumer.close()
      await until(() => expect(first.consumer.assignment()).toHaveLength(4))
    }

    const every = Array.from({ length: 300 }, (_, index) => BigInt(index))
    for (const partition of [0, 1, 2, 3]) expect(seen.get(partition)).toEqual(every)
  })
})
