import { randomUUID } from 'node:crypto'
import type { BrokerReader, OffsetSpan, RecordSlice, TopicPartition } from '@ledgerbus/core'
import { type LocalKafka, startKafka } from '@ledgerbus/local-stack'
import { aRecord } from '@ledgerbus/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createKafkaWorld, type KafkaWorld, until } from './kafka-world.ts'

describe('reading outside of a group', { timeout: 120_000 }, () => {
  let kafka: LocalKafka
  let world: KafkaWorld

  beforeAll(async () => {
    kafka = await startKafka({ settings: { 'log.cleaner.backoff.ms': 500 } })
    world = createKafkaWorld({ brokers: kafka.addresses, connectionTimeoutMs: 2_000, requestTimeoutMs: 3_000 })
  })
  afterAll(() => kafka?.stop())
  beforeEach(async () => {
    const [server] = kafka.brokers
    if (server?.pid === undefined) await server?.restart()
  })

  async function newReader(): Promise<BrokerReader> {
    const reader = world.broker.createReader()
    onTestFinished(() => reader.close())
    await reader.start()
    return reader
  }

  function textsOf(slices: readonly RecordSlice[]): readonly string[] {
    return slices.flatMap(({ records }) => records.map(({ value }) => new TextDecoder().decode(value ?? undefined)))
  }

  async function read(reader: BrokerReader, at: TopicPartition, span: OffsetSpan): Promise<readonly RecordSlice[]> {
    const slices: RecordSlice[] = []
    for await (const slice of reader.read(at, span)) slices.push(slice)
    return slices
  }

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'goes on where it was after %s of the broker, and misses nothing',
    async (signal) => {
      const topic = await world.topic()
      const words = Array.from({ length: 60 }, (_, index) => `${index}`)
      // Several megabytes, so that it takes several fetches.
      const padding = 'x'.repeat(50_000)
      for (let from = 0; from < words.length; from += 10) {
        await world.append(
          topic,
          0,
          words.slice(from, from + 10).map((word) => aRecord({ key: word, value: padding })),
        )
      }
      const reader = await newReader()
      const [server] = kafka.brokers
      const keys: string[] = []
      let hasStopped = false

      for await (const { records } of reader.read({ topic, partition: 0 }, { from: 0n, to: 60n })) {
        keys.push(...records.map(({ key }) => new TextDecoder().decode(key ?? undefined)))
        if (hasStopped) continue
        hasStopped = true
        await server?.kill(signal)
        if (signal === 'SIGKILL') void server?.restart()
        else setTimeout(() => void server?.kill('SIGCONT'), 5_000)
      }

      expect(keys).toEqual(words)
    },
  )

  it('waits for records that come after the broker was away', async () => {
    const topic = await world.topic()
    await world.append(topic, 0, ['a'])
    const reader = await newReader()
    const [server] = kafka.brokers

    const reading = read(reader, { topic, partition: 0 }, { from: 0n, to: 2n })
    await server?.kill('SIGKILL')
    await server?.restart()
    await world.append(topic, 0, ['b'])

    expect(textsOf(await reading)).toEqual(['a', 'b'])
  })

  it('reads over the holes that compaction left, also where whole batches are gone', async () => {
    const topic = await world.topic({
      settings: {
        'cleanup.policy': 'compact',
        'segment.ms': '100',
        'min.cleanable.dirty.ratio': '0.001',
        'delete.retention.ms': '100',
      },
    })
    const at = { topic, partition: 0 }
    for (let round = 0; round < 5; round += 1) {
      await world.append(topic, 0, [
        aRecord({ key: 'often', value: `often ${round}` }),
        aRecord({ key: `once ${round}`, value: `once ${round}` }),
        aRecord({ key: 'often', value: `again ${round}` }),
      ])
      await world.append(topic, 0, [aRecord({ key: 'often', value: `alone ${round}` })])
    }
    const reader = await newReader()
    let laterMs = aRecord().timestampMs

    await until(async () => {
      // The segment that is written to is never compacted, and Kafka rolls by the records' own time.
      laterMs += 1_000n
      await world.append(topic, 0, [aRecord({ key: 'roll', value: 'roll', timestampMs: laterMs })])
      const kept = textsOf(await read(reader, at, { from: 0n, to: 20n }))
      expect(kept).toEqual(['once 0', 'once 1', 'once 2', 'once 3', 'once 4', 'alone 4'])
    }, 60_000)
    const [first] = await read(reader, at, { from: 6n, to: 8n })
    expect(first).toEqual({ records: [], nextOffset: 8n })
  })

  it('reads topics beside one that is deleted meanwhile', async () => {
    const [kept, deleted] = [await world.topic(), await world.topic()]
    await world.append(kept, 0, ['a'])
    const reader = await newReader()
    const waiting = read(reader, { topic: deleted, partition: 0 }, { from: 0n, to: 1n })
    const ended = expect(waiting).rejects.toMatchObject({ code: 'BROKER_TOPIC_UNKNOWN', topic: deleted })

    const admin = world.broker.createAdmin()
    await admin.start()
    await admin.deleteTopics([deleted])
    await admin.close()

    await ended
    expect(textsOf(await read(reader, { topic: kept, partition: 0 }, { from: 0n, to: 1n }))).toEqual(['a'])
  })

  it('moves no offset and joins no group', async () => {
    const topic = await world.topic()
    await world.append(topic, 0, ['a'])
    const admin = world.broker.createAdmin()
    onTestFinished(() => admin.close())
    await admin.start()
    const before = await admin.listGroups()

    await read(await newReader(), { topic, partition: 0 }, { from: 0n, to: 1n })

    expect(await admin.listGroups()).toEqual(before)
    expect(await admin.groupOffsets('ledgerbus-reader')).toEqual([])
    expect(await admin.describeGroup(`group-${randomUUID()}`)).toBeUndefined()
  })
})
