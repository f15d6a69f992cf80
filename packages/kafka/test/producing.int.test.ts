import { aRecord } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { describe, expect, it } from 'vitest'
import { createBrokerControls } from './broker-controls.ts'
import { createKafkaWorld, until } from './kafka-world.ts'
import { readTopic } from './read-topic.ts'

const { kafkaBrokers } = stackAddresses()

describe('producing to Kafka', () => {
  const world = createKafkaWorld({ brokers: kafkaBrokers })

  it('goes on with the other topics of a producer when one is deleted', async () => {
    const stays = await world.topic()
    const goes = await world.topic()
    const producer = await world.producer({ deliveryTimeoutMs: 20_000 })
    await producer.append(goes, 0, [aRecord()])
    await producer.append(stays, 0, [aRecord({ value: 'before' })])
    const admin = world.broker.createAdmin()
    await admin.start()
    await admin.deleteTopics([goes])
    await admin.close()

    // kafkajs asks for the metadata of all topics of a producer at once, and by now finds its own too old.
    await new Promise((resolve) => setTimeout(resolve, 5_500))
    expect(await producer.append(stays, 0, [aRecord({ value: 'after' })])).toMatchObject({ kind: 'ok' })
    expect(await producer.append(goes, 0, [aRecord()])).toMatchObject({
      kind: 'failed',
      error: { code: 'BROKER_TOPIC_UNKNOWN' },
    })
    expect(await readTopic(kafkaBrokers, stays)).toEqual(['before', 'after'])
  })

  it('stores a batch after one that was too large, and confirms it with its own offset', async () => {
    const topic = await world.topic({ settings: { 'max.message.bytes': '10000' } })
    const producer = await world.producer()

    const outcomes = []
    for (const value of ['a', 'x'.repeat(20_000), 'b', 'y'.repeat(20_000), 'c']) {
      outcomes.push(await producer.append(topic, 0, [aRecord({ value })]))
    }

    expect(outcomes).toMatchObject([
      { kind: 'ok', baseOffset: 0n },
      { kind: 'failed', error: { code: 'BROKER_RECORD_TOO_LARGE' } },
      { kind: 'ok', baseOffset: 1n },
      { kind: 'failed', error: { code: 'BROKER_RECORD_TOO_LARGE' } },
      { kind: 'ok', baseOffset: 2n },
    ])
    expect(await readTopic(kafkaBrokers, topic)).toEqual(['a', 'b', 'c'])
  })

  it('fails what the topic refuses for good, and says why', async () => {
    const compacted = await world.topic({ settings: { 'cleanup.policy': 'compact' } })
    const strict = await world.topic({ settings: { 'message.timestamp.before.max.ms': '1000' } })
    const producer = await world.producer()

    expect(await producer.append(compacted, 0, [aRecord({ key: null })])).toMatchObject({
      kind: 'failed',
      error: { code: 'BROKER_RECORD_INVALID', retriable: false },
    })
    expect(await producer.append(strict, 0, [aRecord({ timestampMs: 1_000_000_000_000n })])).toMatchObject({
      kind: 'failed',
      error: { code: 'BROKER_RECORD_INVALID', retriable: false },
    })
  })

  it('appends to many partitions at once, each in the order of the calls', async () => {
    const topic = await world.topic({ partitions: 12 })
    const producer = await world.producer()
    const calls = Array.from({ length: 600 }, (_, index) => index)

    const outcomes = await Promise.all(
      calls.map((index) => producer.append(topic, index % 12, [aRecord({ value: `${index}` })])),
    )

    expect(outcomes.every(({ kind }) => kind === 'ok')).toBe(true)
    const values = await readTopic(kafkaBrokers, topic)
    expect(values).toEqual(calls.toSorted((left, right) => (left % 12) - (right % 12) || left - right).map(String))
  })

  it('learns of new partitions', async () => {
    const topic = await world.topic()
    const producer = await world.producer()
    expect(await producer.partitionCount(topic)).toBe(1)
    expect(await producer.append(topic, 1, [aRecord()])).toMatchObject({ error: { code: 'BROKER_PARTITION_UNKNOWN' } })

    await createBrokerControls(kafkaBrokers).addPartitions(topic, 2)

    await until(async () => expect(await producer.append(topic, 1, [aRecord()])).toMatchObject({ kind: 'ok' }))
    await until(async () => expect(await producer.partitionCount(topic)).toBe(2))
  })
})
