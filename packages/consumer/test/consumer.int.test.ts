import { randomUUID } from 'node:crypto'
import {
  type Broker,
  type ConsumerRecord,
  defineEvent,
  headerText,
  type ProducerRecord,
  silentLogger,
  textHeader,
} from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createProducer } from '@ledgerbus/producer'
import { eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  type Consumer,
  type ConsumerOptions,
  createConsumer,
  deadLetterTopicOf,
  on,
  type Subscription,
} from '../src/index.ts'

const { kafkaBrokers } = stackAddresses()
const patience = { timeoutMs: 45_000 }
const partitions = 6

let broker: Broker
let topic: string
let groupId: string

function defineOrderCreated() {
  return defineEvent('order.created', {
    version: 1,
    description: 'A new order was placed',
    requireActor: false,
    requireEntity: true,
    topic: { name: topic, partitions },
    payload: { after: z.object({ total: z.number() }) },
  })
}

let OrderCreated: ReturnType<typeof defineOrderCreated>

beforeEach(() => {
  broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: 'consumer-test', logger: silentLogger })
  const id = randomUUID()
  topic = `consumer-${id}`
  groupId = `group-${id}`
  OrderCreated = defineOrderCreated()
})

async function startProducer() {
  const producer = createProducer({
    broker,
    source: 'test',
    events: [OrderCreated],
    topics: 'create',
    logger: silentLogger,
  })
  onTestFinished(() => producer.close().then(() => undefined))
  await producer.start()
  return producer
}

/** `count` events over `keys` entities; the total is the number of the event. */
async function publish(count: number, keys: number, from = 0): Promise<void> {
  const producer = await startProducer()
  await producer.publishMany(
    OrderCreated,
    Array.from({ length: count }, (_, n) => ({
      entityId: `o-${(from + n) % keys}`,
      payload: { after: { total: from + n } },
    })),
  )
}

async function appendRaw(partition: number, record: Partial<ProducerRecord>): Promise<void> {
  const raw = broker.createProducer()
  onTestFinished(() => raw.close())
  await raw.start()
  const outcome = await raw.append(topic, partition, [
    { key: null, value: null, headers: [], timestampMs: 1n, ...record },
  ])
  expect(outcome.kind).toBe('ok')
}

async function start(
  subscriptions: readonly Subscription[],
  options: Partial<ConsumerOptions> = {},
): Promise<Consumer> {
  const consumer = createConsumer({ broker, groupId, subscriptions, logger: silentLogger, ...options })
  onTestFinished(() => consumer.close({ drainMs: 1_000 }).then(() => undefined))
  await consumer.start()
  return consumer
}

/** Records of a topic that the group has not committed. */
async function lag(): Promise<bigint> {
  const admin = broker.createAdmin()
  await admin.start()
  try {
    const committed = await admin.groupOffsets(groupId)
    const offsets = await admin.topicOffsets(topic)
    return offsets.reduce((sum, { partition, low, end }) => {
      const at = committed.find((each) => each.topic === topic && each.partition === partition)?.offset ?? low
      return sum + (end - at)
    }, 0n)
  } finally {
    await admin.close()
  }
}

async function readAll(from: string, count: number): Promise<readonly ConsumerRecord[]> {
  const records: ConsumerRecord[] = []
  const reader = broker.createConsumer({ groupId: `reader-${randomUUID()}`, topics: [from] })
  await reader.start({
    async deliver(batch) {
      records.push(...batch.records)
    },
  })
  try {
    await eventually(() => records.length >= count, patience)
  } finally {
    await reader.close()
  }
  return records
}

const text = (bytes: Uint8Array | null | undefined) => new TextDecoder().decode(bytes ?? new Uint8Array())

describe('a consumer on Kafka', { timeout: 120_000 }, () => {
  it('handles, retries, sets aside and commits: every record has one end', async () => {
    await publish(300, 20)
    const attempts = new Map<number, number>()
    const handled: number[] = []
    const consumer = await start([
      on(
        OrderCreated,
        (event, { attempt }) => {
          const { total } = event.payload.after
          attempts.set(total, attempt)
          if (total % 50 === 0) throw new Error(`order ${total} is cursed`)
          if (total % 10 === 0 && attempt < 3) throw new Error('not yet')
          handled.push(total)
        },
        { retry: { initialDelayMs: 10 } },
      ),
    ])
    await eventually(
      () => expect(consumer.counts()).toMatchObject({ handled: 294, deadLettered: 6, open: 0 }),
      patience,
    )
    await eventually(async () => expect(await lag()).toBe(0n), patience)

    expect(attempts.get(7)).toBe(1)
    expect(attempts.get(10)).toBe(3)
    expect(attempts.get(50)).toBe(5)
    for (let key = 0; key < 20; key += 1) {
      const ofKey = handled.filter((total) => total % 20 === key)
      expect(ofKey).toEqual([...ofKey].sort((one, other) => one - other))
    }
    const letters = await readAll(deadLetterTopicOf(topic, groupId), 6)
    expect(
      letters.map((letter) => JSON.parse(text(letter.value)).payload.after.total).sort((one, other) => one - other),
    ).toEqual([0, 50, 100, 150, 200, 250])
    expect(await consumer.close()).toMatchObject({ left: 0, commit: 'ok', aborted: 0 })
  })

  it('sets aside the very bytes that failed: key, value, headers, partition', async () => {
    await startProducer()
    const original = {
      key: Uint8Array.from([0xff, 0, 1]),
      value: Uint8Array.from([0x7b, 0xff, 0xfe, 0]),
      headers: [
        textHeader('twice', 'a'),
        textHeader('twice', 'b'),
        { name: 'none', value: null },
        { name: '7', value: Uint8Array.from([0xfe]) },
      ],
      timestampMs: 1_700_000_000_123n,
    }
    await appendRaw(4, original)
    await start([on(OrderCreated, () => undefined)])

    const [letter] = await readAll(deadLetterTopicOf(topic, groupId), 1)
    expect(letter?.partition).toBe(4)
    expect(letter?.key).toEqual(original.key)
    expect(letter?.value).toEqual(original.value)
    expect(letter?.headers.slice(0, 4)).toEqual(original.headers)
    const facts = Object.fromEntries((letter?.headers ?? []).slice(4).map(({ name, value }) => [name, text(value)]))
    expect(facts).toMatchObject({
      'lb-origin-topic': topic,
      'lb-origin-partition': '4',
      'lb-origin-offset': '0',
      'lb-origin-timestamp': '1700000000123',
      'lb-origin-group': groupId,
      'lb-failed-step': 'decode',
      'lb-error-code': 'EVENT_UNDECODABLE',
    })
    await eventually(async () => expect(await lag()).toBe(0n), patience)
  })

  it('goes on after a restart where the group committed', async () => {
    await publish(200, 10)
    const seen: number[] = []
    const subscription = on(OrderCreated, (event) => void seen.push(event.payload.after.total))
    const first = await start([subscription])
    await eventually(() => seen.length === 200, patience)
    expect(await first.close()).toMatchObject({ left: 0, commit: 'ok', counts: { handled: 200 } })
    await publish(50, 10, 200)
    const second = await start([subscription])
    await eventually(() => expect(second.counts()).toMatchObject({ handled: 50, open: 0 }), patience)

    expect([...seen].sort((one, other) => one - other)).toEqual([...Array(250).keys()])
  })

  it('shares the partitions with a second member, in order per key, without losing any', async () => {
    await publish(400, 40)
    const seen: { member: string; total: number; partition: number }[] = []
    const handler = (member: string) =>
      on(OrderCreated, async (event, { record }) => {
        await new Promise((resolve) => setTimeout(resolve, 2))
        seen.push({ member, total: event.payload.after.total, partition: record.partition })
      })
    const first = await start([handler('first')])
    await eventually(() => seen.length > 50, patience)
    const second = await start([handler('second')])
    await publish(1_200, 40, 400)
    await eventually(() => expect(new Set(seen.map(({ total }) => total)).size).toBe(1_600), patience)
    await eventually(async () => expect(await lag()).toBe(0n), patience)

    expect(second.counts().handled).toBeGreaterThan(0)
    expect(first.counts().handled).toBeGreaterThan(0)
    for (let key = 0; key < 40; key += 1) {
      const firsts = [...new Set(seen.filter(({ total }) => total % 40 === key).map(({ total }) => total))]
      expect(firsts).toEqual([...firsts].sort((one, other) => one - other))
    }
  })

  it('closed in the middle of its work loses nothing: what was left comes again', async () => {
    await publish(500, 50)
    const handled = new Set<number>()
    const working = on(OrderCreated, async (event, { signal }) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (event.payload.after.total % 100 === 42)
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      if (!signal.aborted) handled.add(event.payload.after.total)
    })
    const first = await start([working])
    await eventually(() => handled.size > 30, patience)
    const report = await first.close({ drainMs: 300 })
    expect(report.left).toBeGreaterThan(0)
    expect(report.commit).toBe('ok')
    const handledBefore = handled.size
    expect(handledBefore).toBeLessThan(500)

    const second = await start([on(OrderCreated, (event) => void handled.add(event.payload.after.total))])
    await eventually(() => expect(handled.size).toBe(500), patience)
    await eventually(async () => expect(await lag()).toBe(0n), patience)
    expect(second.counts()).toMatchObject({ deadLettered: 0 })
  })

  it('hands correlation and causation on to what a handler publishes', async () => {
    const producer = await startProducer()
    const consumer = await start([
      on(OrderCreated, async (event) => {
        const { total } = event.payload.after
        if (total < 3)
          await producer.publish(OrderCreated, { entityId: 'o-1', payload: { after: { total: total + 1 } } })
      }),
    ])
    const first = await producer.publish(OrderCreated, { entityId: 'o-1', payload: { after: { total: 1 } } })
    await eventually(() => expect(consumer.counts().handled).toBe(3), patience)

    const records = await readAll(topic, 3)
    expect(records.map(({ headers }) => headerText(headers, 'ce_correlationid'))).toEqual(Array(3).fill(first.eventId))
    const ids = records.map(({ headers }) => headerText(headers, 'ce_id'))
    expect(records.map(({ headers }) => headerText(headers, 'ce_causationid'))).toEqual([undefined, ids[0], ids[1]])
  })

  it('does not start while a topic is missing, and makes its dead-letter topic like the source', async () => {
    await expect(start([on(OrderCreated, () => undefined)])).rejects.toMatchObject({ code: 'TOPICS_MISSING' })
    await startProducer()
    await start([on(OrderCreated, () => undefined)])
    const admin = broker.createAdmin()
    await admin.start()
    onTestFinished(() => admin.close())
    const [letters] = await admin.describeTopics([deadLetterTopicOf(topic, groupId)])
    expect(letters).toMatchObject({ partitions, settings: { 'retention.ms': '-1' } })
  })
})
