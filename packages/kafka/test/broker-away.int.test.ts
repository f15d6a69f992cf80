import { randomUUID } from 'node:crypto'
import { type LocalKafka, startKafka } from '@ledgerbus/local-stack'
import {
  type Broker,
  type BrokerConsumerListener,
  isLedgerbusError,
  type LedgerbusError,
  type RecordBatch,
} from '@ledgerbus/core'
import { aRecord, createRecordingLogger, eventually } from '@ledgerbus/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createKafkaBroker } from '../src/index.ts'

const patience = { timeoutMs: 45_000 }

function textOf(value: Uint8Array | null): string {
  return new TextDecoder().decode(value ?? undefined)
}

describe('a broker that goes away', { timeout: 120_000 }, () => {
  let kafka: LocalKafka
  let broker: Broker
  const logger = createRecordingLogger()

  beforeAll(async () => {
    kafka = await startKafka()
    broker = createKafkaBroker({
      brokers: kafka.addresses,
      clientId: 'away',
      logger,
      connectionTimeoutMs: 2_000,
      requestTimeoutMs: 3_000,
    })
  })
  afterAll(() => kafka?.stop())
  beforeEach(async () => {
    const [server] = kafka.brokers
    if (server?.pid === undefined) await server?.restart()
  })

  async function newTopic(partitions = 1): Promise<string> {
    const name = `away-${randomUUID()}`
    const admin = broker.createAdmin()
    await admin.start()
    await admin.createTopics([{ name, partitions, settings: { 'retention.ms': '-1' } }])
    await admin.close()
    return name
  }

  async function newProducer(options: { readonly deliveryTimeoutMs?: number } = {}) {
    const producer = broker.createProducer(options)
    onTestFinished(() => producer.close())
    await producer.start()
    return producer
  }

  /** A consumer that commits what it is handed. */
  async function newConsumer(topic: string, options: { readonly startFrom?: 'earliest' | 'latest' } = {}) {
    const consumer = broker.createConsumer({
      groupId: `group-${topic}`,
      topics: [topic],
      sessionTimeoutMs: 6_000,
      ...options,
    })
    onTestFinished(() => consumer.close())
    const batches: RecordBatch[] = []
    const problems: LedgerbusError[] = []
    const listener: BrokerConsumerListener = {
      async deliver(batch) {
        batches.push(batch)
        await consumer.commit([
          { topic, partition: batch.partition, epoch: batch.epoch, offset: batch.nextOffset, metadata: 'seen' },
        ])
      },
      problem: (error) => problems.push(error),
    }
    await consumer.start(listener)
    return {
      consumer,
      problems,
      values: () => batches.flatMap(({ records }) => records.map(({ value }) => textOf(value))),
    }
  }

  it('is a clear error at the start of each part', async () => {
    const nowhere = createKafkaBroker({ brokers: ['127.0.0.1:9'], clientId: 'away', logger })
    const parts = [
      () => nowhere.createAdmin().start(),
      () => nowhere.createProducer().start(),
      () => nowhere.createTransactionalProducer({ transactionalId: 'any' }).start(),
      () => nowhere.createConsumer({ groupId: 'any', topics: ['any'] }).start({ deliver: async () => undefined }),
    ]

    for (const start of parts) {
      const error: unknown = await start().catch((thrown: unknown) => thrown)
      expect(isLedgerbusError(error) && error).toMatchObject({ code: 'BROKER_UNREACHABLE', retriable: true })
      expect(String(error)).toMatch(/127\.0\.0\.1:9|group any|any.*check that Kafka runs/)
    }
  })

  it('can be started with by the same parts once it is there', async () => {
    const topic = await newTopic()
    const [server] = kafka.brokers
    const producer = broker.createProducer()
    const parts = {
      admin: broker.createAdmin(),
      producer,
      transactional: broker.createTransactionalProducer({ transactionalId: topic }),
      consumer: broker.createConsumer({ groupId: `group-${topic}`, topics: [topic], sessionTimeoutMs: 6_000 }),
    }
    onTestFinished(async () => {
      await Promise.all(Object.values(parts).map((part) => part.close()))
    })
    const values: string[] = []
    const listener: BrokerConsumerListener = {
      async deliver({ records }) {
        values.push(...records.map(({ value }) => textOf(value)))
      },
    }
    const starts = [
      () => parts.admin.start(),
      () => parts.producer.start(),
      () => parts.transactional.start(),
      () => parts.consumer.start(listener),
    ]
    await server?.kill('SIGKILL')
    for (const start of starts) await expect(start()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })

    await server?.restart()
    for (const start of starts) await start()

    expect(await producer.append(topic, 0, [aRecord({ value: 'at last' })])).toMatchObject({ kind: 'ok' })
    await eventually(() => expect(values).toEqual(['at last']), patience)
  })

  it('loses no append and ends no consumer when it is killed and comes back', async () => {
    const topic = await newTopic(2)
    const producer = await newProducer()
    const { values, problems } = await newConsumer(topic)
    const sent = Array.from({ length: 200 }, (_, index) => `${index}`)
    await producer.append(topic, 0, [aRecord({ value: 'before' })])
    await eventually(() => expect(values()).toContain('before'), patience)

    const outcomes = Promise.all(sent.map((value, index) => producer.append(topic, index % 2, [aRecord({ value })])))
    const [server] = kafka.brokers
    await server?.kill('SIGKILL')
    await server?.restart()

    expect((await outcomes).map(({ kind }) => kind)).toEqual(sent.map(() => 'ok'))
    await eventually(() => expect(new Set(values())).toEqual(new Set(['before', ...sent])), patience)
    // Idempotent: what was repeated stands once, in the order of the calls.
    const admin = broker.createAdmin()
    await admin.start()
    const offsets = await admin.topicOffsets(topic)
    await admin.close()
    expect(offsets.map(({ end }) => end)).toEqual([101n, 100n])
    expect(problems.every(({ code }) => code === 'BROKER_CONSUMER_RESTARTED')).toBe(true)
  })

  it('makes an append that was not answered unknown, and the batches behind it go out on a new session', async () => {
    const topic = await newTopic()
    const producer = await newProducer({ deliveryTimeoutMs: 4_000 })
    await producer.append(topic, 0, [aRecord({ value: 'before' })])
    const [server] = kafka.brokers

    await server?.kill('SIGSTOP')
    const frozen = await producer.append(topic, 0, [aRecord({ value: 'frozen' })])
    await server?.kill('SIGCONT')
    const after = await eventually(async () => {
      const outcome = await producer.append(topic, 0, [aRecord({ value: 'after' })])
      expect(outcome.kind).toBe('ok')
      return outcome
    }, patience)

    expect(frozen).toMatchObject({ kind: 'unknown', error: { code: 'BROKER_NO_ANSWER', outcome: 'unknown' } })
    const { values } = await newConsumer(topic)
    // A swallowed batch would be confirmed with the offset of another: each confirmed one must be there.
    await eventually(() => expect(values()).toContain('after'), patience)
    expect(after).toMatchObject({ kind: 'ok' })
    expect(values().filter((value) => value === 'before')).toHaveLength(1)
  })

  it('makes an append failed, not unknown, when it certainly never left', async () => {
    const topic = await newTopic()
    const producer = await newProducer({ deliveryTimeoutMs: 3_000 })
    const [server] = kafka.brokers
    await server?.kill('SIGKILL')
    // The connection that stands has to be noticed as broken before a refusal to connect proves anything.
    await producer.append(topic, 0, [aRecord()])

    const outcome = await producer.append(topic, 0, [aRecord()])

    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'BROKER_UNREACHABLE', retriable: true } })
  })

  it('ends an append at once when its signal is aborted, and says whether it may be stored', async () => {
    const topic = await newTopic()
    const producer = await newProducer()
    await producer.append(topic, 0, [aRecord()])
    const [server] = kafka.brokers
    await server?.kill('SIGSTOP')
    const controller = new AbortController()

    const underWay = producer.append(topic, 0, [aRecord()], { signal: controller.signal })
    const behind = producer.append(topic, 0, [aRecord()], { signal: controller.signal })
    await new Promise((resolve) => setTimeout(resolve, 200))
    controller.abort(new Error('no longer wanted'))

    expect(await underWay).toMatchObject({ kind: 'unknown', error: { cause: { message: 'no longer wanted' } } })
    expect(await behind).toMatchObject({ kind: 'failed', error: { code: 'BROKER_ABORTED' } })
    await server?.kill('SIGCONT')
  })

  it('lets a consumer close in time while it is frozen', async () => {
    const topic = await newTopic()
    const { consumer } = await newConsumer(topic)
    const [server] = kafka.brokers
    await server?.kill('SIGSTOP')

    const startedAt = performance.now()
    await consumer.close({ timeoutMs: 1_500 })
    const tookMs = performance.now() - startedAt
    await server?.kill('SIGCONT')

    expect(tookMs).toBeLessThan(2_500)
  })

  it('answers a commit that could not be stored with an outcome, and stores the next one', async () => {
    const topic = await newTopic()
    const producer = await newProducer()
    const consumer = broker.createConsumer({ groupId: `group-${topic}`, topics: [topic], sessionTimeoutMs: 30_000 })
    onTestFinished(() => consumer.close())
    const batches: RecordBatch[] = []
    await consumer.start({
      async deliver(batch) {
        batches.push(batch)
      },
    })
    await producer.append(topic, 0, [aRecord()])
    await eventually(() => expect(batches).toHaveLength(1), patience)
    const [server] = kafka.brokers
    const [{ partition, epoch, nextOffset }] = batches as [RecordBatch]

    await server?.kill('SIGSTOP')
    const outcome = await consumer.commit([{ topic, partition, epoch, offset: nextOffset }])
    await server?.kill('SIGCONT')

    expect(outcome).toMatchObject({ kind: 'unknown', error: { code: 'BROKER_NO_ANSWER' } })
    await eventually(async () => {
      const [owned] = consumer.assignment()
      expect(await consumer.commit([{ topic, partition, epoch: owned?.epoch ?? -1, offset: nextOffset }])).toEqual({
        kind: 'ok',
      })
    }, patience)
    expect(await consumer.committed({ topic, partition })).toMatchObject({ offset: nextOffset })
  })

  it('is reported by a few warnings, never by errors', () => {
    expect(logger.texts('error')).toEqual([])
  })
})
