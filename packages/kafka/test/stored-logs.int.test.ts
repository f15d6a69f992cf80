import { randomUUID } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NextOffset, RecordBatch } from '@ledgerbus/core'
import { type LocalKafka, startKafka } from '@ledgerbus/local-stack'
import { aRecord } from '@ledgerbus/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKafkaWorld, type KafkaWorld, type Reader, until } from './kafka-world.ts'
import { readTopic } from './read-topic.ts'

/** Logs that Kafka itself would take long to come to. */
describe('a partition', { timeout: 120_000 }, () => {
  let kafka: LocalKafka
  let world: KafkaWorld

  beforeAll(async () => {
    kafka = await startKafka({ settings: { 'log.cleaner.backoff.ms': 200 } })
    world = createKafkaWorld({ brokers: kafka.addresses })
  })
  afterAll(() => kafka?.stop())

  it('with the holes that compaction and aborted transactions leave is read over them, and no lag is left', async () => {
    const settings = { 'cleanup.policy': 'compact', 'segment.ms': '1000', 'min.cleanable.dirty.ratio': '0.01' }
    const topic = await world.topic({ settings })
    const groupId = `group-${randomUUID()}`
    const keyed = (key: string, value: string) => aRecord({ key, value })
    const later = (record: ReturnType<typeof aRecord>) => ({ ...record, timestampMs: record.timestampMs + 10_000n })
    await world.append(topic, 0, [keyed('a', 'old'), keyed('b', 'old'), keyed('c', 'kept'), keyed('a', 'older')])
    await world.append(topic, 0, [keyed('b', 'older'), keyed('a', 'new'), keyed('b', 'new')])
    await abortTransaction(world, topic)
    // Ends the segment: only such that are over are compacted.
    await world.append(topic, 0, [later(keyed('d', 'last'))])
    await abortTransaction(world, topic)

    await until(async () => expect(await readTopic(kafka.addresses, topic)).toEqual(['kept', 'new', 'new', 'last']))
    const admin = world.broker.createAdmin()
    await admin.start()
    // Within a hole.
    await admin.setGroupOffsets(groupId, [{ topic, partition: 0, offset: 3n as NextOffset }])
    await admin.close()
    const end = await endOf(world, topic)
    const reader = await world.reader({ topics: [topic], groupId })

    expect(end).toBe(12n)
    await until(() => expect(reader.batches.at(-1)?.nextOffset).toBe(end))
    expect(reader.values()).toEqual(['new', 'new', 'last'])
    expect(offsetsOf(reader)).toEqual([5n, 6n, 9n])
    expect(reader.batches.at(-1)).toMatchObject({ end })
    const { partition, epoch, nextOffset } = reader.batches.at(-1) as RecordBatch
    await reader.consumer.commit([{ topic, partition, epoch, offset: nextOffset }])
    expect(await reader.consumer.committed({ topic, partition })).toMatchObject({ offset: end })
  })

  it('whose offsets no number can hold is read, committed and appended to exactly', async () => {
    const topic = await world.topic()
    const groupId = `group-${randomUUID()}`
    for (const values of [['a'], ['b', 'c'], ['d']]) await world.append(topic, 0, values)
    // As numbers, four of the next five are two pairs of the same.
    const first = 2n ** 53n - 1n
    await renumber(kafka, topic, first)

    const reader = await world.reader({ topics: [topic], groupId })
    await until(() => expect(offsetsOf(reader)).toEqual([first, first + 1n, first + 2n, first + 3n]))
    expect(reader.values()).toEqual(['a', 'b', 'c', 'd'])
    expect(reader.batches.at(-1)).toMatchObject({ nextOffset: first + 4n, end: first + 4n })
    const { partition, epoch } = reader.batches.at(-1) as RecordBatch
    await reader.consumer.commit([{ topic, partition, epoch, offset: (first + 2n) as NextOffset }])
    expect(await reader.consumer.committed({ topic, partition })).toMatchObject({ offset: first + 2n })
    await reader.consumer.close()

    expect(await world.append(topic, 0, ['e'])).toBe(first + 4n)
    const again = await world.reader({ topics: [topic], groupId })
    await until(() => expect(again.values()).toEqual(['c', 'd', 'e']))
    const [owned] = again.consumer.assignment()
    expect(owned && again.consumer.seek(owned, (first + 4n) as NextOffset)).toBe(true)
    await until(() => expect(offsetsOf(again).slice(3)).toEqual([first + 4n]))
  })
})

function offsetsOf({ batches }: Reader): readonly bigint[] {
  return batches.flatMap(({ records }) => records.map(({ offset }) => offset))
}

async function abortTransaction({ broker }: Pick<KafkaWorld, 'broker'>, topic: string): Promise<void> {
  const producer = broker.createTransactionalProducer({ transactionalId: `aborts-${randomUUID()}` })
  await producer.start()
  const end = await endOf({ broker }, topic)
  const transaction = await producer.begin()
  await transaction.append(topic, 0, [aRecord({ key: 'a', value: 'aborted' })])
  expect(await transaction.abort()).toEqual({ kind: 'ok' })
  await producer.close()
  // The broker answers before it writes the mark of the end, which takes an offset too.
  await until(async () => expect(await endOf({ broker }, topic)).toBe(end + 2n))
}

async function endOf({ broker }: Pick<KafkaWorld, 'broker'>, topic: string): Promise<bigint> {
  const admin = broker.createAdmin()
  await admin.start()
  const [range] = await admin.topicOffsets(topic)
  await admin.close()
  return range?.end ?? -1n
}

/** Stops the broker, gives the log of a topic's only partition other offsets, and starts it again. */
async function renumber(kafka: LocalKafka, topic: string, first: bigint): Promise<void> {
  const [server] = kafka.brokers
  await server?.kill('SIGTERM')
  const data = join(kafka.dataDir, 'broker-1', 'data')
  const folder = join(data, `${topic}-0`)
  const segment = await readFile(join(folder, `${'0'.repeat(20)}.log`))
  // The first field of a batch is its offset, the second how many bytes follow; its checksum begins behind both.
  for (let at = 0; at < segment.length; at += 12 + segment.readInt32BE(at + 8))
    segment.writeBigInt64BE(segment.readBigInt64BE(at) + first, at)
  for (const file of await readdir(folder)) if (/^\d{20}\./.test(file)) await rm(join(folder, file))
  await writeFile(join(folder, `${first.toString().padStart(20, '0')}.log`), segment)
  await writeFile(join(folder, 'leader-epoch-checkpoint'), `0\n1\n0 ${first}\n`)
  for (const name of ['recovery-point-offset-checkpoint', 'replication-offset-checkpoint']) {
    const checkpoint = await readFile(join(data, name), 'utf8')
    const entry = new RegExp(`^(${topic} 0) (\\d+)$`, 'm')
    expect(checkpoint).toMatch(entry)
    await writeFile(
      join(data, name),
      checkpoint.replace(entry, (_, place: string, offset: string) => `${place} ${first + BigInt(offset)}`),
    )
  }
  await server?.restart()
}
