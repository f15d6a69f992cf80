import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NextOffset } from '@ledgerbus/core'
import { type LocalKafka, startKafka } from '@ledgerbus/local-stack'
import { aRecord } from '@ledgerbus/testkit'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createKafkaWorld, type KafkaWorld, until } from './kafka-world.ts'
import type { RawSendTold } from './raw-send-program.ts'
import { readTopic } from './read-topic.ts'
import { startTestProgram } from './test-program.ts'

type Server = LocalKafka['brokers'][number]

/** Where the broker keeps the commits of a group: Java's hash of its id, over the partitions that local-stack gives that topic. */
function offsetsPartitionOf(groupId: string): number {
  const hash = Buffer.from(groupId).reduce((sum, letter) => (Math.imul(sum, 31) + letter) | 0, 0)
  return (hash & 0x7fff_ffff) % 10
}

describe('a cluster of three brokers', { timeout: 240_000 }, () => {
  let kafka: LocalKafka
  let world: KafkaWorld

  beforeAll(async () => {
    kafka = await startKafka({ brokers: 3 })
    world = createKafkaWorld({ brokers: kafka.addresses, connectionTimeoutMs: 2_000, requestTimeoutMs: 5_000 })
  }, 180_000)
  afterAll(() => kafka?.stop())
  beforeEach(async () => {
    await Promise.all(
      kafka.brokers.map(async (server) => {
        await server.kill('SIGCONT')
        if (server.pid === undefined) await server.restart()
      }),
    )
    await kafka.untilReady()
  })

  /** The broker that leads a partition. */
  async function leaderOf(topic: string, partition: number): Promise<Server> {
    const admin = new Kafka({ brokers: [...kafka.addresses], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    await admin.disconnect()
    const leader = topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader
    const broker = kafka.brokers.find(({ nodeId }) => nodeId === leader)
    if (broker === undefined) throw new Error(`no broker leads ${topic}/${partition}`)
    return broker
  }

  /** A topic whose partitions have these replicas, their leader first. */
  async function topicLedBy(replicas: readonly (readonly Server[])[]): Promise<string> {
    const topic = `led-${randomUUID()}`
    const admin = new Kafka({ brokers: [...kafka.addresses], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const replicaAssignment = replicas.map((brokers, partition) => ({
      partition,
      replicas: brokers.map(({ nodeId }) => nodeId),
    }))
    const configEntries = [
      { name: 'retention.ms', value: '-1' },
      { name: 'min.insync.replicas', value: '1' },
    ]
    await admin.createTopics({ topics: [{ topic, replicaAssignment, configEntries }] })
    await admin.disconnect()
    return topic
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

    expect(outcomes.map(({ kind }) => kind)).toEqual(calls.map(() => 'ok'))
    const inOrder = calls.toSorted((left, right) => (left % 3) - (right % 3) || left - right).map(String)
    expect(await readTopic(kafka.addresses, topic)).toEqual(inOrder)
    await until(() => expect(new Set(reader.values())).toEqual(new Set(calls.map(String))), 60_000)
  })

  it('goes on where a frozen leader was replaced, and loses nothing where kafkajs alone confirms what it never sent', async () => {
    const [frozen, next] = kafka.brokers as [Server, Server]
    const topic = await topicLedBy([
      [frozen, next],
      [next, frozen],
    ])
    const raw = startTestProgram<RawSendTold>('raw-send-program.ts', [kafka.addresses.join(','), topic])
    onTestFinished(() => raw.stop())
    const reader = await world.reader({ topics: [topic] })
    // A busy machine takes its time to elect another leader.
    const producer = await world.producer({ deliveryTimeoutMs: 120_000 })
    await until(() => expect(raw.told).toEqual([{ what: 'ready' }]))
    await until(() => expect(reader.values()).toHaveLength(2))

    await frozen.kill('SIGSTOP')
    raw.say('send')
    const names = ['first', 'second', 'third']
    const places = names.flatMap((name) => [0, 1].map((partition) => ({ partition, value: `${name} ${partition}` })))
    const appended = places.map(({ partition, value }) => producer.append(topic, partition, [aRecord({ value })]))

    // All of it while the old leader still holds its connections open and answers nothing.
    expect(await Promise.all(appended)).toEqual(places.map(() => expect.objectContaining({ kind: 'ok' })))
    await until(() => expect(reader.values()).toEqual(expect.arrayContaining(places.map(({ value }) => value))))
    await until(() => expect(reader.values()).toContain('raw 1'))
    // The frozen broker is the first of the addresses, and its system still takes connections: new parts begin with it.
    await world.append(topic, 0, ['of a new producer'])
    const late = await world.reader({ topics: [topic] })
    await until(() => expect(late.values()).toContain('of a new producer'))
    expect(raw.told).toHaveLength(1)
    await frozen.kill('SIGKILL')

    // Partition 0 moved to a broker that had answered for partition 1, and is left out when the rest is sent again.
    await until(
      () => expect(raw.told.slice(1)).toMatchObject([{ what: 'confirmed', acks: [{ partition: 1 }] }]),
      60_000,
    )
    const stored = await readTopic(kafka.addresses, topic)
    expect(stored.slice(0, 5)).toEqual(['raw before 0', 'first 0', 'second 0', 'third 0', 'of a new producer'])
    const ofPartition1 = stored.slice(5)
    expect(ofPartition1.filter((value) => value?.startsWith('raw'))).toEqual(['raw before 1', 'raw 1'])
    expect(ofPartition1.filter((value) => !value?.startsWith('raw'))).toEqual(['first 1', 'second 1', 'third 1'])
  })

  it('tells a commit whose coordinator is killed from one that is stored, and stores the next', async () => {
    const topic = await world.topic({ replicationFactor: 3 })
    const groupId = `group-${randomUUID()}`
    await world.append(topic, 0, ['a', 'b', 'c'])
    const reader = await world.reader({ topics: [topic], groupId })
    await until(() => expect(reader.values()).toEqual(['a', 'b', 'c']))
    const commit = (offset: bigint, metadata: string) => {
      const [owned] = reader.consumer.assignment()
      const position = { topic, partition: 0, epoch: owned?.epoch ?? -1, offset: offset as NextOffset, metadata }
      return reader.consumer.commit([position])
    }
    const committed = () => reader.consumer.committed({ topic, partition: 0 })
    expect(await commit(1n, 'before')).toEqual({ kind: 'ok' })
    const coordinator = await leaderOf('__consumer_offsets', offsetsPartitionOf(groupId))

    await coordinator.kill('SIGSTOP')
    const underWay = commit(2n, 'under way')
    await sleep(500) // it is sent, and stands in the socket of a process that will never read it
    await coordinator.kill('SIGKILL')
    const outcome = await underWay
    // The broker that takes over knows at first only of commits that it knows to be replicated.
    const found = await until(async () => {
      const stored = await committed()
      expect(stored).toBeDefined()
      return stored
    }, 60_000)

    expect(['ok', 'unknown']).toContain(outcome.kind)
    expect([
      { offset: 1n, metadata: 'before' },
      { offset: 2n, metadata: 'under way' },
    ]).toContainEqual(found)
    if (outcome.kind === 'ok') expect(found).toMatchObject({ offset: 2n })
    await until(async () => expect(await commit(3n, 'after')).toEqual({ kind: 'ok' }), 60_000)
    expect(await committed()).toEqual({ offset: 3n, metadata: 'after' })
    await world.append(topic, 0, ['d'])
    await until(() => expect(reader.values().at(-1)).toBe('d'))
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
