import { randomUUID } from 'node:crypto'
import {
  type Broker,
  defineEvent,
  headerText,
  parkingTopicOf,
  redriveLaneOf,
  retryTopicOf,
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
const patience = { timeoutMs: 60_000 }
const partitions = 3

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
  broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: 'retry-topics-test', logger: silentLogger })
  const id = randomUUID()
  topic = `retries-${id}`
  groupId = `group-${id}`
  OrderCreated = defineOrderCreated()
})

/** `count` events over `keys` entities; the total is the number of the event. */
async function publish(count: number, keys: number, from = 0): Promise<void> {
  const options = { broker, source: 'test', events: [OrderCreated], topics: 'create', logger: silentLogger } as const
  const producer = createProducer(options)
  onTestFinished(() => producer.close().then(() => undefined))
  await producer.start()
  const inputs = Array.from({ length: count }, (_, n) => ({
    entityId: `o-${(from + n) % keys}`,
    payload: { after: { total: from + n } },
  }))
  await producer.publishMany(OrderCreated, inputs)
}

async function start(subscription: Subscription, options: Partial<ConsumerOptions> = {}): Promise<Consumer> {
  const consumer = createConsumer({ broker, groupId, subscriptions: [subscription], logger: silentLogger, ...options })
  onTestFinished(() => consumer.close({ drainMs: 1_000 }).then(() => undefined))
  await consumer.start()
  return consumer
}

/** What stands in a topic of the group. */
async function recordsOf(name: string) {
  const admin = broker.createAdmin()
  const reader = broker.createReader()
  try {
    await admin.start()
    await reader.start()
    const slices = (await admin.topicOffsets(name)).map(async ({ partition, low, end }) => {
      const records = []
      const span = { from: low, to: end }
      for await (const slice of reader.read({ topic: name, partition }, span)) records.push(...slice.records)
      return records
    })
    return (await Promise.all(slices)).flat()
  } finally {
    await reader.close()
    await admin.close()
  }
}

/** Records of the topics that the group has not committed. */
async function lag(...names: readonly string[]): Promise<bigint> {
  const admin = broker.createAdmin()
  await admin.start()
  try {
    const committed = await admin.groupOffsets(groupId)
    let open = 0n
    for (const name of names) {
      for (const { partition, low, end } of await admin.topicOffsets(name)) {
        const at = committed.find((each) => each.topic === name && each.partition === partition)?.offset ?? low
        open += end - at
      }
    }
    return open
  } finally {
    await admin.close()
  }
}

const totalOf = (value: Uint8Array | null): number =>
  JSON.parse(new TextDecoder().decode(value ?? new Uint8Array())).payload.after.total

describe('retry topics on Kafka', { timeout: 180_000 }, () => {
  it('try records again after their delays, in the partition of the same number, and set aside what fails on', async () => {
    await publish(120, 30)
    const firstMs = new Map<number, number>()
    const waits: number[] = []
    const subscription = on(
      OrderCreated,
      (event, { attempt }) => {
        const { total } = event.payload.after
        const nowMs = Date.now()
        firstMs.set(total, firstMs.get(total) ?? nowMs)
        if (total % 40 === 0) throw new Error('cursed')
        if (total % 10 === 0 && attempt < 3) throw new Error('not yet')
        if (attempt === 3) waits.push(nowMs - (firstMs.get(total) ?? nowMs))
      },
      { name: 'charge', retry: { ordering: 'unordered', delaysMs: [300, 900], inlineAttempts: 1 } },
    )
    const members = [await start(subscription), await start(subscription)]
    const sum = (count: 'handled' | 'deadLettered') => members.reduce((all, each) => all + each.counts()[count], 0)
    await eventually(() => expect([sum('handled'), sum('deadLettered')]).toEqual([117, 3]), patience)
    const topics = [topic, retryTopicOf(topic, groupId, 300), retryTopicOf(topic, groupId, 900)]
    await eventually(async () => expect(await lag(...topics)).toBe(0n), patience)

    expect(waits).toHaveLength(9)
    // Each delay is a floor.
    for (const waitMs of waits) expect(waitMs).toBeGreaterThanOrEqual(1_200)
    const originals = await recordsOf(topic)
    for (const moved of await recordsOf(retryTopicOf(topic, groupId, 300))) {
      const original = originals.find(
        ({ partition, offset }) =>
          partition === moved.partition && String(offset) === headerText(moved.headers, 'lb-origin-offset'),
      )
      expect(moved.value).toEqual(original?.value)
      expect(moved.key).toEqual(original?.key)
    }
    const letters = await recordsOf(deadLetterTopicOf(topic, groupId))
    expect(letters.map(({ value }) => totalOf(value)).toSorted((one, other) => one - other)).toEqual([0, 40, 80])
    expect(letters.map(({ headers }) => headerText(headers, 'lb-attempts'))).toEqual(['3', '3', '3'])
  })

  it('give redriven records back to the handler that failed', async () => {
    await publish(1, 1)
    const seen: number[] = []
    await start(on(OrderCreated, (event) => seen.push(event.payload.after.total), { name: 'charge' }))
    await eventually(() => expect(seen).toEqual([0]), patience)
    const [original] = await recordsOf(topic)
    const producer = broker.createProducer()
    onTestFinished(() => producer.close())
    await producer.start()
    const headers = [textHeader('lb-handler', 'charge'), textHeader('lb-redrive-count', '1')]
    const { key = null, value = null } = original ?? {}
    const record = { key, value, headers, timestampMs: BigInt(Date.now()) }
    const outcome = await producer.append(redriveLaneOf(topic, groupId), original?.partition ?? 0, [record])
    expect(outcome.kind).toBe('ok')

    await eventually(() => expect(seen).toEqual([0, 0]), patience)
    await eventually(async () => expect(await lag(redriveLaneOf(topic, groupId))).toBe(0n), patience)
  })

  it('keep parked keys in order while members come and go', async () => {
    await publish(200, 12)
    const bad = new Set(['o-3', 'o-7'])
    const handled: { id: string; total: number }[] = []
    const subscription = on(
      OrderCreated,
      async (event) => {
        if (bad.has(event.entity.id)) throw new Error(`${event.entity.id} is locked`)
        handled.push({ id: event.entity.id, total: event.payload.after.total })
      },
      {
        name: 'charge',
        retry: {
          ordering: 'park-key',
          delaysMs: [...Array<number>(20).fill(1_000)],
          inlineAttempts: 1,
          maxAttempts: 900,
        },
      },
    )
    const first = await start(subscription)
    const parking = parkingTopicOf(topic, groupId)
    const parkedOf = (id: string) => Array.from({ length: 200 }, (_, n) => n).filter((n) => `o-${n % 12}` === id)
    const parked = parkedOf('o-3').length + parkedOf('o-7').length
    await eventually(() => expect(first.counts()).toMatchObject({ parked, handled: 200 - parked }), patience)
    expect(await recordsOf(parking)).toHaveLength(parked)

    // Others take over, with what is parked; what is published meanwhile joins it.
    await start(subscription)
    await first.close({ drainMs: 0 })
    await start(subscription)
    await publish(120, 12, 240)
    await eventually(async () => expect(await lag(topic)).toBe(0n), patience)
    expect(handled.filter(({ id }) => bad.has(id))).toEqual([])
    bad.clear()
    await eventually(() => expect(new Set(handled.map(({ total }) => total)).size).toBe(320), patience)
    await eventually(async () => expect(await lag(topic, parking)).toBe(0n), patience)

    for (let key = 0; key < 12; key += 1) {
      const ofKey = [...new Set(handled.filter(({ id }) => id === `o-${key}`).map(({ total }) => total))]
      expect(ofKey).toEqual(ofKey.toSorted((one, other) => one - other))
    }
  })
})
