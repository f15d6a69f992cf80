import { randomBytes } from 'node:crypto'
import { type AuditEntry, type Broker, encodeEnvelope, type ProducerRecord, silentLogger } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { anEnvelope, aRecord, eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FrozenSelection } from '../src/plan/replay-plan.ts'
import { createKafkaSource } from '../src/source/kafka-source.ts'
import { firstPosition, type OpenSelection, type ReplaySource } from '../src/source/replay-source.ts'
import { collected, groupedBy } from './replay-world.ts'

const topic = `kafka-source-it-${randomBytes(4).toString('hex')}`
const partitions = 3
const perPartition = 2_000
const nowMs = Date.now()
const open: OpenSelection = {
  ...{ topics: [topic], fromMs: nowMs - 3_600_000, toMs: nowMs + 3_600_000, timeField: 'kafka' },
  ...{ replays: 'exclude', redrives: 'exclude' },
}

let broker: Broker
let source: ReplaySource
/** What was published and committed, partition by partition, in the order of publishing. */
const published: ProducerRecord[][] = [[], [], []]

beforeAll(async () => {
  broker = createKafkaBroker({
    brokers: stackAddresses().kafkaBrokers,
    clientId: 'kafka-source-it',
    logger: silentLogger,
  })
  source = createKafkaSource({ broker, logger: silentLogger })
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name: topic, partitions }])
  await admin.close()
  const producer = broker.createTransactionalProducer({ transactionalId: topic })
  await producer.start()
  for (let at = 0; at < perPartition; at += 250) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const records = Array.from({ length: 250 }, (_, index) => recordOf(partition, at + index))
      // Aborted ones leave holes, as do the markers of both.
      for (const isAborted of [true, false]) {
        const transaction = await producer.begin()
        await transaction.append(topic, partition, isAborted ? records.slice(0, 20) : records)
        const outcome = await (isAborted ? transaction.abort() : transaction.commit())
        if (outcome.kind !== 'ok') throw outcome.error
      }
      published[partition]?.push(...records)
    }
  }
  await producer.close()
})

/** The clock of partition 1 runs backwards. Every tenth is a tombstone, every twenty-fifth of a registry. */
function recordOf(partition: number, index: number): ProducerRecord {
  const place = partition === 1 ? perPartition - index : index
  const timestampMs = BigInt(nowMs - 3_000_000 + place * 1_000 + partition)
  const envelope = anEnvelope({
    name: index % 2 === 0 ? 'order.created' : 'order.paid',
    payload: { after: { total: index, note: 'x'.repeat(200) } },
  })
  const value = index % 10 === 3 ? null : index % 25 === 4 ? Uint8Array.of(0, 0, 0, 0, 7, 1) : encodeEnvelope(envelope)
  return aRecord({ key: `k-${index % 40}`, value, timestampMs })
}

function valuesOf(entries: readonly { readonly value: Uint8Array | null }[]): readonly string[] {
  return entries.map(({ value }) => (value === null ? 'null' : Buffer.from(value).toString('base64')))
}

function byPartition(entries: readonly AuditEntry[]): readonly (readonly AuditEntry[])[] {
  const groups = groupedBy(entries, ({ record }) => record.partition)
  return [0, 1, 2].map((partition) => groups.get(partition) ?? [])
}

async function frozen(): Promise<FrozenSelection> {
  const { summary } = await source.survey(open)
  return { ...open, below: summary.bounds }
}

describe('replays read from Kafka', () => {
  it('count exactly what was committed, and say what a registry keeps them from reading', async () => {
    const { summary, first, last, losses } = await source.survey(open)
    expect(summary).toMatchObject({
      entries: partitions * perPartition,
      keys: 40,
      byTopic: [{ topic, entries: partitions * perPartition }],
      byStatus: [
        { status: 'ok', entries: partitions * perPartition * (1 - 1 / 10 - 1 / 25) },
        { status: 'tombstone', entries: (partitions * perPartition) / 10 },
        { status: 'undecodable', entries: (partitions * perPartition) / 25 },
      ],
    })
    expect(first?.record).toMatchObject({ partition: 0, timestampMs: published[0]?.[0]?.timestampMs })
    expect(last?.record).toMatchObject({ partition: 1, timestampMs: published[1]?.[0]?.timestampMs })
    expect(losses).toEqual([
      expect.stringContaining(`${topic}: 240 of the records read are encoded by a schema registry`),
    ])
    const half = await source.survey({ ...open, filter: 'payload.after.total < 1000 && name == "order.paid"' })
    const matching = published.flat().filter(({ value }) => {
      const text = value === null ? '' : Buffer.from(value).toString('utf8')
      const total = Number(/"total":(\d+)/.exec(text)?.[1] ?? Number.NaN)
      return total < 1_000 && text.includes('order.paid')
    })
    expect(half.summary.entries).toBe(matching.length)
  })

  it('are read byte for byte, each partition by offset, and go on anywhere', async () => {
    const selection = await frozen()
    const all = await collected(source.read(selection, firstPosition('key')))
    for (const [partition, entries] of byPartition(all).entries()) {
      expect(valuesOf(entries.map(({ record }) => record))).toEqual(valuesOf(published[partition] ?? []))
    }
    const stop = 2_345
    const starts = byPartition(all.slice(0, stop)).flatMap((entries) => {
      const record = entries.at(-1)?.record
      return record === undefined ? [] : [{ ...record, from: record.offset + 1n }]
    })
    const rest = await collected(source.read(selection, { order: 'key', starts }))
    const offsetsOf = (entries: readonly AuditEntry[]) => entries.map(({ record }) => record.offset)
    expect(byPartition(rest).map(offsetsOf)).toEqual(byPartition(all.slice(stop)).map(offsetsOf))
  })

  it('are merged by time, and go on behind any cursor', async () => {
    const selection = await frozen()
    const placeOf = ({ record }: AuditEntry): string => `${record.partition}/${record.offset}`
    const all: string[] = []
    let cursor = ''
    for await (const entry of source.read(selection, firstPosition('time'))) {
      all.push(placeOf(entry))
      if (all.length === 1_234) cursor = source.cursorOf(entry)
    }
    expect(all).toHaveLength(partitions * perPartition)
    // Partitions whose clocks agree advance record by record.
    expect(all.slice(0, 4).map((place) => place.split('/')[0])).toEqual(['0', '2', '0', '2'])
    const rest = await collected(source.read(selection, { order: 'time', cursor }))
    expect(rest.map(placeOf)).toEqual(all.slice(1_234))
  })

  it('wait for a transaction that is open, so that a plan never misses what was there before it', async () => {
    const own = `${topic}-open`
    const admin = broker.createAdmin()
    await admin.start()
    await admin.createTopics([{ name: own, partitions: 1 }])
    await admin.close()
    const producer = broker.createTransactionalProducer({ transactionalId: own })
    await producer.start()
    const transaction = await producer.begin()
    await transaction.append(own, 0, [recordOf(0, 0), recordOf(0, 1)])
    let entries: number | undefined
    const surveying = source.survey({ ...open, topics: [own] }).then(({ summary }) => {
      entries = summary.entries
    })
    const group = await source.survey({ ...open, ranges: [{ topic: own, partition: 0, from: 5n }], topics: [own] })
    expect(group.summary.entries).toBe(0)
    expect(entries).toBeUndefined()
    await transaction.commit()
    await surveying
    await eventually(() => entries === 2)
    await producer.close()
  })
})
