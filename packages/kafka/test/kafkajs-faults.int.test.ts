import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { type LocalKafka, startKafka } from '@ledgerbus/local-stack'
import { eventually } from '@ledgerbus/testkit'
import { type FaultProxy, startFaultProxy } from '@ledgerbus/testkit/proxy'
import { type Admin, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

const until = (check: () => unknown) => eventually(check, { timeoutMs: 30_000, intervalMs: 50 })

/**
 * The faults of kafkajs that the adapter fences, shown on kafkajs itself. A sentence that fails here tells that a new version mended it, and that
 * its fence may go.
 *
 * Nothing of the adapter is used: its patches would change what is shown. The leader that moves takes three brokers: `three-brokers.int.test.ts`.
 */
describe('kafkajs by itself', { timeout: 60_000 }, () => {
  let kafka: LocalKafka
  let proxy: FaultProxy
  let client: Kafka
  let admin: Admin

  beforeAll(async () => {
    kafka = await startKafka({
      async advertise(listener) {
        await proxy?.close()
        proxy = await startFaultProxy(listener)
        return { host: proxy.host, port: proxy.port }
      },
    })
    client = new Kafka({
      brokers: [...kafka.addresses],
      logLevel: logLevel.NOTHING,
      requestTimeout: 1_000,
      retry: { retries: 2, initialRetryTime: 100 },
    })
    admin = client.admin()
    await admin.connect()
  })
  afterAll(async () => {
    await admin?.disconnect()
    await kafka?.stop()
    await proxy?.close()
  })

  async function newTopic(): Promise<string> {
    const topic = `faults-${randomUUID()}`
    await admin.createTopics({
      topics: [{ topic, numPartitions: 1, configEntries: [{ name: 'retention.ms', value: '-1' }] }],
    })
    return topic
  }

  async function newProducer(): Promise<Producer> {
    const producer = client.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 1, initialRetryTime: 100 },
    })
    onTestFinished(() => producer.disconnect())
    await producer.connect()
    return producer
  }

  it('is not patched in this process', () => {
    const require = createRequire(import.meta.url)
    const group = require('kafkajs/src/consumer/consumerGroup') as { readonly prototype: { joinAndSync: () => void } }

    expect(group.prototype.joinAndSync.name).toBe('joinAndSync')
    expect(Object.keys(require.cache).filter((file) => /packages.kafka.src/.test(file))).toEqual([])
  })

  it('confirms a batch that it stored nowhere, after one that was not answered', async () => {
    const topic = await newTopic()
    const producer = await newProducer()
    await producer.send({ topic, messages: [{ value: 'before' }] })

    proxy.swallowAnswers()
    await expect(producer.send({ topic, messages: [{ value: 'unanswered' }] })).rejects.toThrow(/timed out/)
    proxy.mend()
    const acks = await again(() => producer.send({ topic, messages: [{ value: 'swallowed' }] }))

    expect(acks).toMatchObject([{ errorCode: 0, baseOffset: '1' }])
    expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ high: '2' }])
  })

  it('cannot write a header without a value', async () => {
    const topic = await newTopic()
    const producer = await newProducer()

    await expect(
      producer.send({ topic, messages: [{ value: 'x', headers: { empty: null as unknown as string } }] }),
    ).rejects.toThrow(/"string" argument|must be of type string/)
  })

  it('stops the whole program over the headers of one record', async () => {
    const topic = await newTopic()
    const producer = await newProducer()
    const headers = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`header-${index}`, 'x']))
    await producer.send({ topic, messages: [{ value: 'many', headers }] })
    const consumer = client.consumer({ groupId: `group-${topic}`, maxWaitTimeInMs: 100 })
    onTestFinished(() => consumer.disconnect())
    let longestMs = 0
    let last = performance.now()
    const beat = setInterval(() => {
      const now = performance.now()
      longestMs = Math.max(longestMs, now - last)
      last = now
    }, 5)
    onTestFinished(() => clearInterval(beat))
    let isRead = false
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      async eachMessage() {
        isRead = true
      },
    })

    await until(() => expect(isRead).toBe(true))
    // Longer than the adapter may take for as many: `consuming.int.test.ts`. It copies them all for each one, so no machine is fast enough.
    expect(longestMs).toBeGreaterThan(500)
  })

  it('ends a consumer for good when a callback throws a TypeError', async () => {
    const topic = await newTopic()
    const producer = await newProducer()
    await producer.send({ topic, messages: [{ value: 'x' }] })
    const consumer = client.consumer({ groupId: `group-${topic}`, maxWaitTimeInMs: 100 })
    onTestFinished(() => consumer.disconnect())
    const crashes: boolean[] = []
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      crashes.push(payload.restart)
    })
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachBatch: () => Promise.reject(new TypeError('of a handler')),
    })

    await until(() => expect(crashes).toEqual([false]))
  })

  it('overwrites the commit of a group whose offset is out of range, and jumps', async () => {
    const topic = await newTopic()
    const producer = await newProducer()
    await producer.send({ topic, messages: ['a', 'b', 'c'].map((value) => ({ value })) })
    const groupId = `group-${topic}`
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '100' }] })
    const consumer = client.consumer({ groupId, maxWaitTimeInMs: 100 })
    onTestFinished(() => consumer.disconnect())
    await consumer.subscribe({ topic, fromBeginning: true })
    const values: string[] = []
    await consumer.run({
      autoCommit: false,
      async eachBatch({ batch }) {
        values.push(...batch.messages.map(({ value }) => String(value)))
      },
    })

    await until(() => expect(values).toEqual(['a', 'b', 'c']))
    expect(await admin.fetchOffsets({ groupId, topics: [topic] })).toMatchObject([{ partitions: [{ offset: '-2' }] }])
  })

  /** The connection that lost its answer has to be made anew. */
  async function again<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch {
      return await work()
    }
  }
})
