import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  type Broker,
  type BrokerAdmin,
  type BrokerProducer,
  type ConsumerRecord,
  deadLetterTopicOf,
  defineEvent,
  headerText,
  type ProducerRecord,
  redriveLaneOf,
  silentLogger,
} from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { aRecord, eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Consumer, createConsumer, createRedrive, on, type Redrive, type RedriveReport } from '../src/index.ts'
import { letterTopicSpecs } from './letter-topics.ts'
import { toLetter } from './redrive-world.ts'

const run = randomBytes(4).toString('hex')
const partitions = 3

let brokers: readonly string[]
let broker: Broker
let admin: BrokerAdmin
let producer: BrokerProducer
let redrive: Redrive

beforeAll(async () => {
  brokers = stackAddresses().kafkaBrokers
  broker = createKafkaBroker({ brokers, clientId: 'redrive-it', logger: silentLogger })
  admin = broker.createAdmin()
  producer = broker.createProducer()
  await admin.start()
  await producer.start()
  redrive = createRedrive({ broker, logger: silentLogger })
})

afterAll(async () => {
  await redrive.close()
  await producer.close()
  await admin.close()
})

async function append(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<void> {
  for (let at = 0; at < records.length; at += 250) {
    const outcome = await producer.append(topic, partition, records.slice(at, at + 250))
    if (outcome.kind !== 'ok') throw outcome.error
  }
}

/** The committed records of a topic. */
async function recordsOf(topic: string): Promise<ConsumerRecord[]> {
  const reader = broker.createReader()
  await reader.start()
  const records: ConsumerRecord[] = []
  for (const { partition, low, end } of await admin.topicOffsets(topic)) {
    for await (const slice of reader.read({ topic, partition }, { from: low, to: end })) records.push(...slice.records)
  }
  await reader.close()
  return records
}

interface Told {
  readonly planned: number
  readonly done?: number
  readonly report?: RedriveReport
}

/** Runs the redrive in a process of its own, and kills it (SIGKILL) once it told of `killAfter` letters. */
async function redriveInProcess(
  deadLetterTopic: string,
  options: { readonly killAfter?: number } = {},
): Promise<Told[]> {
  const { killAfter = Number.POSITIVE_INFINITY } = options
  const program = fileURLToPath(new URL('./redrive-program.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [
      '--conditions=@ledgerbus/source',
      '--disable-warning=ExperimentalWarning',
      program,
      brokers.join(','),
      deadLetterTopic,
      '1500',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const told: Told[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const facts = JSON.parse(line) as Told
    told.push(facts)
    if ((facts.done ?? 0) >= killAfter) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return told
}

describe('a redrive on a real Kafka', () => {
  const source = `redrive-it-${run}`
  const groupId = `billing-${run}`
  const deadLetterTopic = deadLetterTopicOf(source, groupId)
  const letters = 10_000
  const keys = 500
  const consumers: Consumer[] = []
  const OrderPlaced = defineEvent('order.created', {
    version: 1,
    description: 'A new order was placed',
    requireEntity: true,
    topic: { name: source, partitions },
    payload: {},
  })

  afterAll(async () => {
    for (const consumer of consumers) await consumer.close({ drainMs: 1_000 })
  })

  async function aConsumer(group: string, handled: Map<string, number>, ofKey: Map<string, string[]>): Promise<void> {
    const consumer = createConsumer({
      broker,
      groupId: group,
      logger: silentLogger,
      subscriptions: [
        on(
          OrderPlaced,
          (event, context) => {
            const key = event.entity.id
            const from = headerText(context.record.headers, 'lb-origin-offset') ?? 'live'
            const name = `${context.record.partition}/${from}`
            handled.set(name, (handled.get(name) ?? 0) + 1)
            ofKey.set(key, [...(ofKey.get(key) ?? []), from])
          },
          { name: 'charge' },
        ),
      ],
    })
    consumers.push(consumer)
    await consumer.start()
  }

  it('of 10,000 dead letters, killed twice and run again, has each handled once by its group, in the order of its key, and none by another', async () => {
    await admin.createTopics(letterTopicSpecs(source, groupId, partitions))
    for (let partition = 0; partition < partitions; partition += 1) {
      const own = Array.from({ length: letters }, (_, offset) => offset).filter(
        (offset) => offset % partitions === partition,
      )
      const records = own.map((offset) =>
        toLetter(
          { offset, partition, key: `k-${offset % keys}-${partition}` },
          { nowMs: Date.now },
          { topic: source, groupId },
        ),
      )
      await append(deadLetterTopic, partition, records)
    }
    const handled = new Map<string, number>()
    const ofKey = new Map<string, string[]>()
    const byOthers = new Map<string, number>()
    await aConsumer(groupId, handled, ofKey)
    await aConsumer(`shipping-${run}`, byOthers, new Map())

    const first = await redriveInProcess(deadLetterTopic, { killAfter: 2_000 })
    const second = await redriveInProcess(deadLetterTopic, { killAfter: 3_000 })
    const last = await redriveInProcess(deadLetterTopic)

    expect(first[0]?.planned).toBe(letters)
    expect(first.at(-1)?.report).toBeUndefined()
    expect(second[0]?.planned).toBeLessThanOrEqual(letters - 2_000)
    expect(second.at(-1)?.report).toBeUndefined()
    expect(last.at(-1)?.report).toMatchObject({ state: 'completed', failed: 0, unknown: 0, failedAgain: 0 })

    const lane = await recordsOf(redriveLaneOf(source, groupId))
    expect(lane).toHaveLength(letters)
    expect(new Set(lane.map(({ headers }) => headerText(headers, 'lb-redrive-of'))).size).toBe(letters)
    expect(new Set(lane.map(({ headers }) => headerText(headers, 'lb-redrive-id'))).size).toBe(3)

    await eventually(() => handled.size === letters, { timeoutMs: 60_000 })
    expect([...handled.values()].filter((times) => times !== 1)).toEqual([])
    expect(byOthers.size).toBe(0)
    for (const offsets of ofKey.values()) {
      expect(offsets.map(Number)).toEqual(offsets.map(Number).toSorted((a, b) => a - b))
    }
    await eventually(async () => (await redrive.count({ deadLetterTopic })).byStatus.resolved === letters, {
      timeoutMs: 30_000,
    })
    expect((await redrive.plan({ deadLetterTopic })).counts.letters).toBe(0)
  }, 240_000)
})

describe('two redrives of one dead-letter topic at once', () => {
  it('end with each letter given once: the later goes on, the earlier is shut out', async () => {
    const source = `redrive-two-it-${run}`
    const groupId = `billing-two-${run}`
    const deadLetterTopic = deadLetterTopicOf(source, groupId)
    await admin.createTopics(letterTopicSpecs(source, groupId, 1))
    const letters = 600
    const records = Array.from({ length: letters }, (_, offset) =>
      toLetter({ offset }, { nowMs: Date.now }, { topic: source, groupId }),
    )
    await append(deadLetterTopic, 0, records)
    const plan = await redrive.plan({ deadLetterTopic })
    let later: Promise<RedriveReport> | undefined
    const earlier = redrive.run(plan, {
      ratePerSecond: 200,
      onProgress: ({ done }) => {
        if (done >= 100) later ??= redrive.run(plan, { ratePerSecond: 400 })
      },
    })
    await expect(earlier).rejects.toMatchObject({ code: 'REDRIVE_FENCED', report: { state: 'stopped' } })
    expect(await later).toMatchObject({ state: 'completed', failed: 0, unknown: 0 })
    const lane = await recordsOf(redriveLaneOf(source, groupId))
    expect(lane.map(({ headers }) => Number(headerText(headers, 'lb-origin-offset')))).toEqual(
      Array.from({ length: letters }, (_, offset) => offset),
    )
  })
})

describe('dead letters of others on a real Kafka', () => {
  const int32 = (value: number): Uint8Array => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    return bytes
  }
  const int64 = (value: bigint): Uint8Array => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(value)
    return bytes
  }

  it('written by Spring Kafka go to the group of ours that takes its place, with what Spring added taken away', async () => {
    const source = `spring-it-${run}`
    const groupId = `spring-billing-${run}`
    const deadLetterTopic = `${source}-dlt`
    await admin.createTopics([
      ...letterTopicSpecs(source, groupId, partitions),
      { name: deadLetterTopic, partitions: 1 },
    ])
    const value = Uint8Array.of(0, 255, 7)
    const headers = [
      ['trace', 'abc'],
      ['kafka_dlt-exception-cause-fqcn', 'com.shop.CardRefused'],
      ['kafka_dlt-original-topic', source],
      ['kafka_dlt-original-partition', int32(2)],
      ['kafka_dlt-original-offset', int64(7n)],
      ['kafka_dlt-original-consumer-group', groupId],
    ] as const
    await append(deadLetterTopic, 0, [aRecord({ key: 'o-1', value, headers })])

    const plan = await redrive.plan({ deadLetterTopic })
    expect(plan.counts.byFingerprint).toMatchObject([{ letters: 1, errorClass: 'com.shop.CardRefused' }])
    expect(await redrive.run(plan, { patienceMs: 0 })).toMatchObject({ state: 'completed', redriven: 1 })
    const again = await redrive.plan({ deadLetterTopic })
    expect(again).toMatchObject({ left: { redriven: 1 }, selected: [] })

    const [record] = await recordsOf(redriveLaneOf(source, groupId))
    expect(record).toMatchObject({ partition: 2 })
    expect(Buffer.from(record?.value ?? []).equals(value)).toBe(true)
    expect(record?.headers.map(({ name }) => name).filter((name) => !name.startsWith('lb-'))).toEqual(['trace'])
    expect(headerText(record?.headers ?? [], 'lb-redrive-of')).toBe(`${deadLetterTopic}/0/0`)
  })

  it('written by Wolverine go where they are told, as they do not say where they came from', async () => {
    const source = `wolverine-it-${run}`
    const groupId = `wolverine-billing-${run}`
    const deadLetterTopic = `wolverine-dead-letter-queue-${run}`
    await admin.createTopics([
      ...letterTopicSpecs(source, groupId, partitions),
      { name: deadLetterTopic, partitions: 1 },
    ])
    const headers = { 'exception-type': 'Shop.CardRefused', 'exception-message': 'no', 'failed-at': '1769860900000' }
    await append(deadLetterTopic, 0, [aRecord({ key: 'o-1', headers }), aRecord({ key: 'o-1', headers })])

    expect(await redrive.plan({ deadLetterTopic })).toMatchObject({ withoutOrigin: 2, selected: [] })
    const plan = await redrive.plan({ deadLetterTopic, sourceTopic: source, groupId })
    expect(await redrive.run(plan, { patienceMs: 0 })).toMatchObject({ redriven: 2 })
    const records = await recordsOf(redriveLaneOf(source, groupId))
    expect(records.map(({ headers: all }) => headerText(all, 'lb-redrive-of'))).toEqual([
      `${deadLetterTopic}/0/0`,
      `${deadLetterTopic}/0/1`,
    ])
    expect(new Set(records.map(({ partition }) => partition)).size).toBe(1)
  })
})
