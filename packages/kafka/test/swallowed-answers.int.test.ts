import { randomUUID } from 'node:crypto'
import type { Broker } from '@ledgerbus/core'
import { type LocalKafka, startKafka } from '@ledgerbus/local-stack'
import { aRecord, eventually, createRecordingLogger } from '@ledgerbus/testkit'
import { type FaultProxy, startFaultProxy } from '@ledgerbus/testkit/proxy'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createKafkaBroker } from '../src/index.ts'
import { readTopic } from './read-topic.ts'

describe('an answer of the broker that is lost', { timeout: 120_000 }, () => {
  let kafka: LocalKafka
  let proxy: FaultProxy
  let broker: Broker
  /** Around the proxy. */
  let witness: readonly string[]

  beforeAll(async () => {
    kafka = await startKafka({
      async advertise(listener) {
        await proxy?.close()
        proxy = await startFaultProxy(listener)
        witness = [`${listener.host}:${listener.port}`]
        return { host: proxy.host, port: proxy.port }
      },
    })
    broker = createKafkaBroker({
      brokers: kafka.addresses,
      clientId: 'swallowed',
      requestTimeoutMs: 3_000,
      logger: createRecordingLogger(),
    })
  })
  afterAll(async () => {
    await kafka?.stop()
    await proxy?.close()
  })

  async function newTopic(): Promise<string> {
    const name = `swallowed-${randomUUID()}`
    const admin = broker.createAdmin()
    await admin.start()
    await admin.createTopics([{ name, partitions: 1, settings: { 'retention.ms': '-1' } }])
    await admin.close()
    return name
  }

  async function newProducer(deliveryTimeoutMs: number) {
    const producer = broker.createProducer({ deliveryTimeoutMs })
    onTestFinished(() => producer.close())
    await producer.start()
    return producer
  }

  it('costs nothing while the batch is repeated: it stands once, and its own offset is reported', async () => {
    const topic = await newTopic()
    const producer = await newProducer(30_000)
    await producer.append(topic, 0, [aRecord({ value: 'before' })])

    proxy.swallowAnswers()
    const appended = producer.append(topic, 0, [aRecord({ value: 'a' }), aRecord({ value: 'b' })])
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    proxy.mend()

    expect(await appended).toEqual({ kind: 'ok', baseOffset: 1n })
    expect(await readTopic(witness, topic)).toEqual(['before', 'a', 'b'])
  })

  it('never lets another batch be taken for the one that was not answered', async () => {
    const topic = await newTopic()
    const producer = await newProducer(5_000)
    await producer.append(topic, 0, [aRecord({ value: 'before' })])

    proxy.swallowAnswers()
    const unanswered = await producer.append(topic, 0, [aRecord({ value: 'unanswered' })])
    proxy.mend()
    // As many records as the batch before it: a kafkajs producer gives them the same sequence number.
    const next = await eventually(async () => {
      const outcome = await producer.append(topic, 0, [aRecord({ value: 'next' })])
      expect(outcome.kind).toBe('ok')
      return outcome
    })

    expect(unanswered).toMatchObject({ kind: 'unknown', error: { code: 'BROKER_NO_ANSWER' } })
    const stored = await readTopic(witness, topic)
    expect(stored).toEqual(['before', 'unanswered', 'next'])
    expect(next).toEqual({ kind: 'ok', baseOffset: 2n })
  })

  it('of a transaction uses its producer up, and a new one of the same id settles what is open', async () => {
    const topic = await newTopic()
    const transactionalId = `swallowed-${randomUUID()}`
    const producer = broker.createTransactionalProducer({ transactionalId })
    onTestFinished(() => producer.close())
    await producer.start()
    const transaction = await producer.begin()
    expect(await transaction.append(topic, 0, [aRecord({ value: 'first' })])).toMatchObject({ kind: 'ok' })

    proxy.swallowAnswers()
    const unanswered = await transaction.append(topic, 0, [aRecord({ value: 'unanswered' })])
    proxy.mend()
    expect(unanswered).toMatchObject({ kind: 'unknown' })
    expect(await transaction.commit()).toMatchObject({ error: { code: 'BROKER_TRANSACTION_UNUSABLE' } })
    await expect(producer.begin()).rejects.toMatchObject({ code: 'BROKER_TRANSACTION_UNUSABLE' })

    const later = broker.createTransactionalProducer({ transactionalId })
    onTestFinished(() => later.close())
    await later.start()
    const again = await later.begin()
    await again.append(topic, 0, [aRecord({ value: 'again' })])
    expect(await again.commit()).toEqual({ kind: 'ok' })
    expect(await readTopic(witness, topic)).toEqual(['again'])
  })

  it('to a commit of a transaction is unknown: it is there as a whole or not at all', async () => {
    const topic = await newTopic()
    const transactionalId = `swallowed-${randomUUID()}`
    const producer = broker.createTransactionalProducer({ transactionalId })
    onTestFinished(() => producer.close())
    await producer.start()
    const transaction = await producer.begin()
    const appended = await transaction.append(topic, 0, [aRecord({ value: 'a' }), aRecord({ value: 'b' })])
    expect(appended).toMatchObject({ kind: 'ok' })

    // The coordinator is known: the next answer is that to the commit.
    proxy.swallowAnswers()
    const outcome = await transaction.commit()
    proxy.mend()

    expect(outcome).toMatchObject({ kind: 'unknown', error: { outcome: 'unknown' } })
    const later = broker.createTransactionalProducer({ transactionalId })
    onTestFinished(() => later.close())
    await later.start()
    const settled = await readTopic(witness, topic)
    expect([[], ['a', 'b']]).toContainEqual(settled)
  })
})
