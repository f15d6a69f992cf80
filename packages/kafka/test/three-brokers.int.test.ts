import { randomUUID } from 'node:crypto'
import { type LocalKafka, startKafka } from '@ledgerbus/local-stack'
import { aRecord } from '@ledgerbus/testkit'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createKafkaWorld, type KafkaWorld, until } from './kafka-world.ts'
import { readTopic } from './read-topic.ts'

describe('a cluster of three brokers', { timeout: 180_000 }, () => {
  let kafka: LocalKafka
  let world: KafkaWorld

  beforeAll(async () => {
    kafka = await startKafka({ brokers: 3 })
    world = createKafkaWorld({ brokers: kafka.addresses, connectionTimeoutMs: 2_000, requestTimeoutMs: 5_000 })
  }, 180_000)
  afterAll(() => kafka?.stop())

  /** The broker that leads a partition. */
  async function leaderOf(topic: string, partition: number): Promise<LocalKafka['brokers'][number]> {
    const admin = new Kafka({ brokers: [...kafka.addresses], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    await admin.disconnect()
    const leader = topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader
    const broker = kafka.brokers.find(({ nodeId }) => nodeId === leader)
    if (broker === undefined) throw new Error(`no broker leads ${topic}/${partition}`)
    return broker
  }

  it('loses and repeats nothing when the leader of a partition is killed amid appends', async () => {
    const topic = await world.topic({ partitions: 3, replicationFactor: 3 })
    const groupId = `group-${randomUUID()}`
    const reader = await world.reader({ topics: [topic], groupId })
    const producer = await world.producer()
    const calls = Array.from({ length: 600 }, (_, index) => index)
    let confirmed = 0
    const appended = calls.map(async (index) => {
      const outcome = await producer.append(topic, index % 3, [aRecord({ value: `${index}` })])
      confirmed += 1
      return outcome
    })

    await until(() => expect(confirmed).toBeGreaterThan(50))
    const leader = await leaderOf(topic, 0)
    await leader.kill('SIGKILL')
    const outcomes = await Promise.all(appended)
    await leader.restart()
    await kafka.untilReady()

    expect(outcomes.map(({ kind }) => kind)).toEqual(calls.map(() => 'ok'))
    const inOrder = calls.toSorted((left, right) => (left % 3) - (right % 3) || left - right).map(String)
    expect(await readTopic(kafka.addresses, topic)).toEqual(inOrder)
    await until(() => expect(new Set(reader.values())).toEqual(new Set(calls.map(String))), 60_000)
  })

  it('reads a span to its end, each record once, when the leader is killed amid the read', async () => {
    const topic = await world.topic({ replicationFactor: 3 })
    const values = Array.from({ length: 60 }, (_, index) => `${index} ${'x'.repeat(50_000)}`)
    for (let from = 0; from < values.length; from += 10) await world.append(topic, 0, values.slice(from, from + 10))
    const reader = world.broker.createReader()
    onTestFinished(() => reader.close())
    await reader.start()
    const leader = await leaderOf(topic, 0)
    const read: (string | undefined)[] = []

    for await (const { records } of reader.read({ topic, partition: 0 }, { from: 0n, to: 60n })) {
      if (read.length === 0) await leader.kill('SIGKILL')
      read.push(...records.map(({ value }) => new TextDecoder().decode(value ?? undefined)))
    }
    await leader.restart()
    await kafka.untilReady()

    expect(read).toEqual(values)
  })

  it('holds appends back while too few replicas are in sync, and stores them when they are back', async () => {
    const topic = await world.topic({ replicationFactor: 3, settings: { 'min.insync.replicas': '3' } })
    const patient = await world.producer({ deliveryTimeoutMs: 90_000 })
    const hasty = await world.producer({ deliveryTimeoutMs: 5_000 })
    await patient.append(topic, 0, [aRecord({ value: 'before' })])
    const leader = await leaderOf(topic, 0)
    const follower = kafka.brokers.find((broker) => broker !== leader)

    await follower?.kill('SIGKILL')
    await until(async () => {
      const outcome = await hasty.append(topic, 0, [aRecord({ value: 'hasty' })])
      expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'BROKER_NOT_ENOUGH_REPLICAS', retriable: true } })
    }, 60_000)
    const held = patient.append(topic, 0, [aRecord({ value: 'held' })])
    await follower?.restart()
    await kafka.untilReady()

    expect(await held).toMatchObject({ kind: 'ok' })
    // What was failed is nowhere; what was unknown until the broker was missed may be.
    const stored = await readTopic(kafka.addresses, topic)
    expect(stored.filter((value) => value !== 'hasty')).toEqual(['before', 'held'])
  })
})
