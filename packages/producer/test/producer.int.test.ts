import { randomUUID } from 'node:crypto'
import {
  type ConsumerRecord,
  decodeEnvelope,
  defineEvent,
  headerText,
  partitionOf,
  silentLogger,
} from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { createProducer, type Producer, type PublishError } from '../src/index.ts'

const { kafkaBrokers } = stackAddresses()
const broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: 'producer-test', logger: silentLogger })

const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? new Uint8Array())

function defineCounted(topic: string, settings: Readonly<Record<string, string>> = {}) {
  return defineEvent('counter.counted', {
    version: 1,
    description: 'A number of a row',
    requireActor: false,
    requireEntity: true,
    topic: { name: topic, partitions: 3, settings },
    payload: { after: z.object({ count: z.number(), filler: z.string().optional() }) },
  })
}

/** All records of a topic, as many as there should be. */
async function read(topic: string, count: number): Promise<readonly ConsumerRecord[]> {
  const records: ConsumerRecord[] = []
  const consumer = broker.createConsumer({ groupId: `reader-${randomUUID()}`, topics: [topic] })
  await consumer.start({
    async deliver(batch) {
      records.push(...batch.records)
    },
  })
  try {
    await eventually(() => records.length >= count, { timeoutMs: 30_000 })
  } finally {
    await consumer.close()
  }
  return records
}

describe('publishing to Kafka', () => {
  let topic: string
  let Counted: ReturnType<typeof defineCounted>
  let producer: Producer

  async function start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    Counted = defineCounted(topic, settings)
    const admin = broker.createAdmin()
    await admin.start()
    await admin.createTopics([Counted.topic])
    await admin.close()
    producer = createProducer({ broker, source: 'test', events: [Counted], logger: silentLogger })
    onTestFinished(() => producer.close().then(() => undefined))
    await producer.start()
  }

  beforeEach(() => {
    topic = `producer-${randomUUID()}`
  })

  it('stores what the receipts say: partition of the key, offset, time, envelope and headers', async () => {
    await start()
    const inputs = Array.from({ length: 1_500 }, (_, count) => ({
      entityId: `e-${count % 40}`,
      payload: { after: { count } },
    }))
    const receipts = await Promise.all(inputs.map((input) => producer.publish(Counted, input)))

    const stored = new Map((await read(topic, 1_500)).map((record) => [`${record.partition}/${record.offset}`, record]))
    expect(stored.size).toBe(1_500)
    for (const [count, { eventId, partition, offset, timestampMs }] of receipts.entries()) {
      const record = stored.get(`${partition}/${offset}`)
      const envelope = decodeEnvelope(record?.value ?? new Uint8Array())
      expect(envelope).toMatchObject({ eventId, payload: { after: { count } }, entity: { id: `e-${count % 40}` } })
      expect(record?.timestampMs).toBe(timestampMs)
      expect(partitionOf(record?.key ?? new Uint8Array(), 3)).toBe(partition)
      expect(headerText(record?.headers ?? [], 'ce_id')).toBe(eventId)
    }
    for (let key = 0; key < 40; key += 1) {
      const ofKey = [...stored.values()].filter((record) => text(record.key) === `e-${key}`)
      const counts = ofKey
        .sort((one, other) => Number(one.offset - other.offset))
        .map((record) => JSON.parse(text(record.value)).payload.after.count)
      expect(counts).toEqual([...counts].sort((one, other) => one - other))
    }
    expect(await producer.close()).toEqual({ published: 1_500, failed: 0, unknown: 0, unsent: 0 })
  })

  it('fails alone with a record that is too large for the topic; its batch is stored', async () => {
    await start({ 'max.message.bytes': '20000' })
    const input = (count: number, fillerBytes: number) => ({
      entityId: 'e-1',
      payload: { after: { count, filler: 'x'.repeat(fillerBytes) } },
    })
    // A new topic's leader may first say that it is none: then the refusal that follows leaves the whole batch unknown.
    await producer.publish(Counted, input(-1, 1))
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, count) =>
        producer.publish(Counted, input(count, count === 31 ? 30_000 : 1_000)).then(
          () => 'published',
          (error: PublishError) => `${error.code} ${error.outcome}`,
        ),
      ),
    )

    const expected = Array.from({ length: 60 }, (_, count) => (count === 31 ? 'PUBLISH_TOO_LARGE failed' : 'published'))
    expect(results).toEqual(expected)
    const counts = (await read(topic, 60)).map((record) => JSON.parse(text(record.value)).payload.after.count)
    expect(counts).toEqual([-1, ...Array(60).keys()].filter((count) => count !== 31))
  })

  it('sends what was accepted when it is closed, without waiting for the linger', async () => {
    await start()
    const slow = createProducer({ broker, source: 'test', events: [Counted], lingerMs: 60_000, logger: silentLogger })
    await slow.start()
    const published = Promise.all(
      [1, 2, 3].map((count) => slow.publish(Counted, { entityId: 'e', payload: { after: { count } } })),
    )

    expect(await slow.close()).toEqual({ published: 3, failed: 0, unknown: 0, unsent: 0 })
    expect((await published).map((receipt) => receipt.offset)).toEqual([0n, 1n, 2n])
  })

  it('does not start while a topic is missing', async () => {
    const missing = createProducer({ broker, source: 'test', events: [defineCounted(topic)], logger: silentLogger })
    onTestFinished(() => missing.close().then(() => undefined))
    await expect(missing.start()).rejects.toMatchObject({
      code: 'TOPICS_MISSING',
      message: expect.stringContaining(topic),
    })
  })

  it('makes a missing topic when told to', async () => {
    const Made = defineCounted(topic)
    const maker = createProducer({ broker, source: 'test', events: [Made], topics: 'create', logger: silentLogger })
    onTestFinished(() => maker.close().then(() => undefined))
    await maker.start()

    const receipt = await maker.publish(Made, { entityId: 'e', payload: { after: { count: 1 } } })
    expect(receipt).toMatchObject({ topic, offset: 0n })
  })
})
