import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Broker, defineEvent, silentLogger } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createProducer } from '@ledgerbus/producer'
import { eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Consumer, type ConsumerOptions, createConsumer, on, type Subscription } from '../src/index.ts'

const { kafkaBrokers } = stackAddresses()
const patience = { timeoutMs: 60_000 }
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
  broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: 'restart-test', logger: silentLogger })
  const id = randomUUID()
  topic = `restart-${id}`
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

type Producer = Awaited<ReturnType<typeof startProducer>>

/** `count` events over `keys` entities; the total is the number of the event. */
async function publish(producer: Producer, count: number, keys: number, from = 0): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => ({
    entityId: `o-${(from + n) % keys}`,
    payload: { after: { total: from + n } },
  }))
  await producer.publishMany(OrderCreated, events)
}

async function start(subscription: Subscription, options: Partial<ConsumerOptions> = {}): Promise<Consumer> {
  const consumer = createConsumer({ broker, groupId, subscriptions: [subscription], logger: silentLogger, ...options })
  onTestFinished(() => consumer.close({ drainMs: 1_000 }).then(() => undefined))
  await consumer.start()
  return consumer
}

const ownedBy = (member: Consumer) => member.health().partitions.filter((each) => each.topic === topic).length
const distinct = (numbers: readonly number[]) => new Set(numbers).size

describe('a group that is restarted', { timeout: 180_000 }, () => {
  it('handles nothing again that was finished behind slow keys', async () => {
    const producer = await startProducer()
    const [count, keys] = [3_000, 300]
    await publish(producer, count, keys)
    const handled: number[] = []
    const isSlow = (total: number) => total % keys < 10
    const first = await start(
      on(OrderCreated, async (event, { signal }) => {
        const { total } = event.payload.after
        if (isSlow(total))
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        handled.push(total)
      }),
      { concurrency: 64 },
    )
    const fast = (count / keys) * (keys - 10)
    await eventually(() => expect(handled).toHaveLength(fast), patience)
    const report = await first.close({ drainMs: 0 })
    expect(report).toMatchObject({ commit: 'ok', aborted: 10, left: count - fast })

    const second = await start(on(OrderCreated, (event) => void handled.push(event.payload.after.total)))
    await eventually(() => expect(distinct(handled)).toBe(count), patience)
    await eventually(() => expect(second.health().partitions.every(({ lag }) => lag === 0n)).toBe(true), patience)

    expect(handled).toHaveLength(count)
    expect(second.counts().restored).toBeGreaterThan(fast / 2)
  })

  it('member by member, under load, handles nothing twice and keeps the order of each key', async () => {
    const producer = await startProducer()
    const keys = 120
    const handled: number[] = []
    // Slow enough that some are always under way when a partition moves.
    const working = on(OrderCreated, async (event) => {
      await sleep(300)
      handled.push(event.payload.after.total)
    })
    const members: Consumer[] = []
    for (let n = 0; n < 3; n += 1) members.push(await start(working, { concurrency: 64 }))
    let published = 0
    let isLoading = true
    const load = (async () => {
      while (isLoading) {
        await publish(producer, keys, keys, published)
        published += keys
        await sleep(400)
      }
    })()

    for (let n = 0; n < 3; n += 1) {
      await eventually(() => expect(handled.length).toBeGreaterThan((n + 1) * 400), patience)
      const report = await members.shift()?.close()
      expect(report).toMatchObject({ commit: 'ok', aborted: 0, left: 0 })
      // The two that stay share its partitions: the next one then takes some of them away, under work.
      await eventually(() => expect(members.map(ownedBy)).toEqual([3, 3]), patience)
      members.push(await start(working, { concurrency: 64 }))
    }
    isLoading = false
    await load
    await eventually(() => expect(distinct(handled)).toBe(published), patience)
    for (const member of members) expect(await member.close()).toMatchObject({ commit: 'ok', left: 0 })

    expect(handled).toHaveLength(published)
    for (let key = 0; key < keys; key += 1) {
      const ofKey = handled.filter((total) => total % keys === key)
      expect(ofKey).toEqual([...ofKey].sort((one, other) => one - other))
    }
  })
})
