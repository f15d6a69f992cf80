import { randomBytes } from 'node:crypto'
import { createAuditLog } from '@ledgerbus/audit-log'
import {
  type AuditLog,
  type Broker,
  type BrokerAdmin,
  type ConsumerRecord,
  decodeEnvelope,
  type NextOffset,
  partitionOf,
  type ProducerRecord,
  readReplayMarks,
  silentLogger,
} from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { aRecord, eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createReplay, type Replay, type ReplayRequest, type ReplayTransform } from '../src/index.ts'
import { OrderCreated } from './plan-world.ts'
import { anOrder, collected, groupedBy, originalOf, textOf } from './replay-world.ts'

const run = randomBytes(4).toString('hex')
const topic = `replay-it-${run}`
const partitions = 3
/** With tombstones and undecodable records, in pages of 500. */
const perPartition = 700

let broker: Broker
let auditLog: AuditLog
let replay: Replay
let request: ReplayRequest
let originals: readonly ConsumerRecord[]

beforeAll(async () => {
  const { kafkaBrokers, clickhouseUrl } = stackAddresses()
  broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: 'replay-it', logger: silentLogger })
  const log = createAuditLog({ url: clickhouseUrl, tablePrefix: `replay_it_${run}`, logger: silentLogger })
  await log.migrate()
  await log.start()
  auditLog = log
  const nowMs = Date.now()
  request = {
    fromMs: nowMs - 3_600_000,
    toMs: nowMs + 3_600_000,
    timeField: 'kafka',
    groups: ['billing'],
    reason: 'an integration test',
    by: 'ada',
    topics: [topic],
  }
  replay = createReplay({ broker, auditLog, logger: silentLogger })
  await fillTopic(BigInt(nowMs))
  originals = await consumeAll(topic, partitions * perPartition)
  await store(originals)
})

afterAll(async () => {
  await replay.close()
  await auditLog.close()
})

function recordNumber(index: number, timestampMs: bigint): ProducerRecord {
  const headers = [
    ['twice', 'a'],
    ['twice', Uint8Array.of(0xff)],
    ['empty', ''],
  ] as const
  if (index % 50 === 7) return { ...aRecord({ key: `o-${index}`, value: null, headers }), timestampMs }
  if (index % 50 === 8)
    return { ...aRecord({ key: null, value: Uint8Array.of(0xff, index % 256), headers }), timestampMs }
  return { ...anOrder(`o-${index % 90}`, { total: index }), timestampMs }
}

async function fillTopic(timestampMs: bigint): Promise<void> {
  const admin = broker.createAdmin()
  const producer = broker.createProducer()
  await admin.start()
  await admin.createTopics([{ name: topic, partitions }])
  await admin.close()
  await producer.start()
  for (let partition = 0; partition < partitions; partition += 1) {
    const records = Array.from({ length: perPartition }, (_, index) => recordNumber(index, timestampMs))
    for (let at = 0; at < records.length; at += 350) {
      const outcome = await producer.append(topic, partition, records.slice(at, at + 350))
      if (outcome.kind !== 'ok') throw outcome.error
    }
  }
  await producer.close()
}

/** Everything a new group gets: what readers of committed records see. */
async function consumeAll(name: string, count: number): Promise<readonly ConsumerRecord[]> {
  const records: ConsumerRecord[] = []
  const groupId = `replay-it-${randomBytes(4).toString('hex')}`
  const consumer = broker.createConsumer({ groupId, topics: [name], startFrom: 'earliest' })
  await consumer.start({
    deliver: async (batch) => {
      records.push(...batch.records)
    },
  })
  await eventually(() => records.length >= count, { timeoutMs: 30_000 })
  await consumer.close()
  return records.toSorted((a, b) => a.partition - b.partition || Number(a.offset - b.offset))
}

async function store(records: readonly ConsumerRecord[]): Promise<void> {
  for (const [, ofPartition] of groupedBy(records, (record) => record.partition)) {
    const [first] = ofPartition
    const last = ofPartition.at(-1)
    if (first === undefined || last === undefined) continue
    const block = auditLog.createBlock(first)
    for (const record of ofPartition) block.add(record)
    const outcome = await auditLog.insert({ first: first.offset, next: (last.offset + 1n) as NextOffset, block })
    if (outcome.kind !== 'ok') throw outcome.error
  }
}

async function withAdmin<Result>(action: (admin: BrokerAdmin) => Promise<Result>): Promise<Result> {
  const admin = broker.createAdmin()
  await admin.start()
  try {
    return await action(admin)
  } finally {
    await admin.close()
  }
}

async function newTopic(name: string): Promise<string> {
  await withAdmin((admin) => admin.createTopics([{ name, partitions }]))
  return name
}

/** Records that readers of committed records see. */
async function countOf(name: string): Promise<number> {
  const reader = broker.createReader()
  await reader.start()
  let count = 0
  for (const { partition, low, end } of await withAdmin((admin) => admin.topicOffsets(name))) {
    if (low === end) continue
    for await (const { records } of reader.read({ topic: name, partition }, { from: low, to: end }))
      count += records.length
  }
  await reader.close()
  return count
}

const confirmed = { confirmed: true } as const

function sequencesOf(records: readonly ConsumerRecord[]): number[] {
  return records.map(({ headers }) => readReplayMarks(headers)?.sequence ?? -1)
}

const everySequence = Array.from({ length: partitions * perPartition }, (_, index) => index)

describe('replay between a real audit log and a real Kafka', () => {
  it('plans what is there, by offsets, and publishes nothing', async () => {
    const plan = await replay.plan(request)
    expect(plan.summary.entries).toBe(partitions * perPartition)
    expect(plan.selection.below.map(({ below }) => below)).toEqual([700n, 700n, 700n])
    expect(plan.summary.byStatus.toSorted((a, b) => a.status.localeCompare(b.status))).toEqual([
      { status: 'ok', entries: partitions * 672 },
      { status: 'tombstone', entries: partitions * 14 },
      { status: 'undecodable', entries: partitions * 14 },
    ])
    expect(plan.topics).toMatchObject([{ name: topic, partitions, witness: { offset: 699n } }])
    expect(await replay.status(plan.replayId)).toMatchObject({ state: 'planned', plan })
  })

  it('publishes each planned entry once, byte for byte, to its own partition, in its order', async () => {
    const target = await newTopic(`${topic}-copy`)
    const report = await replay.run(await replay.plan({ ...request, target }), confirmed)
    expect(report).toMatchObject({ state: 'completed', planned: 2_100, published: 2_100, failed: 0, leftOut: 0 })

    const copies = await consumeAll(target, 2_100)
    expect(copies.map(originalOf)).toEqual(originals.map(originalOf))
    expect(sequencesOf(copies)).toEqual(everySequence)
    expect(readReplayMarks(copies[0]?.headers ?? [])).toMatchObject({
      replayId: report.replayId,
      mode: 'copy',
      of: { topic, partition: 0, offset: 0n },
      originalTimestampMs: originals[0]?.timestampMs,
      groups: ['billing'],
      reason: 'an integration test',
    })
  })

  it('brings each key that a transform gave to the partition where producers put it', async () => {
    const target = await newTopic(`${topic}-by-customer`)
    const customerOf = ({ offset }: Pick<ConsumerRecord, 'offset'>): string => `customer-${offset % 7n}`
    const transforms: Readonly<Record<string, ReplayTransform>> = {
      'by-customer': ({ record }) => ({ key: Buffer.from(customerOf(record)) }),
    }
    const other = createReplay({ broker, auditLog, transforms, logger: silentLogger })
    const plan = await other.plan({ ...request, target, transform: 'by-customer' })
    expect(await other.run(plan, confirmed)).toMatchObject({ state: 'completed', published: 2_100 })
    const copies = await consumeAll(target, 2_100)
    const places = new Set(copies.map(({ key, partition }) => `${textOf(key)} in ${partition}`))
    expect([...places].toSorted()).toEqual(
      Array.from({ length: 7 }, (_, index) => `customer-${index}`).map(
        (key) => `${key} in ${partitionOf(Buffer.from(key), partitions)}`,
      ),
    )
    await other.close()
  })

  it('publishes what a schema registry encoded as it is stored, and brings none of it to a newest version', async () => {
    const encoded = await newTopic(`${topic}-encoded`)
    const target = await newTopic(`${topic}-encoded-copy`)
    const plain = anOrder('o-1').value ?? new Uint8Array()
    const value = Uint8Array.of(0, 0, 0, 0, 7, ...plain)
    const producer = broker.createProducer()
    await producer.start()
    const outcome = await producer.append(encoded, 0, [{ ...aRecord({ timestampMs: BigInt(Date.now()) }), value }])
    if (outcome.kind !== 'ok') throw outcome.error
    await producer.close()
    const [record] = await consumeAll(encoded, 1)
    if (record === undefined) throw new Error('it is not there')
    const block = auditLog.createBlock(record)
    const decoded = new TextDecoder().decode(plain)
    block.add(record, { status: 'ok', envelope: decodeEnvelope(plain), format: 'confluent-avro', decoded })
    const stored = await auditLog.insert({ first: record.offset, next: (record.offset + 1n) as NextOffset, block })
    if (stored.kind !== 'ok') throw stored.error

    const other = createReplay({ broker, auditLog, events: [OrderCreated], logger: silentLogger })
    const asked = { ...request, topics: [encoded], target }
    const latest = await other.plan({ ...asked, content: 'latest' })
    expect(latest.check).toMatchObject({ entries: 1, framed: 1, invalid: 0 })
    await expect(other.run(latest, confirmed)).rejects.toMatchObject({ code: 'REPLAY_REQUEST_INVALID' })
    expect(await countOf(target)).toBe(0)
    const plan = await other.plan(asked)
    expect(await other.run(plan, confirmed)).toMatchObject({ state: 'completed', published: 1, failed: 0 })
    const [copy] = await consumeAll(target, 1)
    expect(Buffer.from(copy?.value ?? [])).toEqual(Buffer.from(value))
    await other.close()
  })

  it('loses and repeats nothing when it is interrupted again and again, each time continued by another process', async () => {
    const target = await newTopic(`${topic}-resumed`)
    const { replayId } = await replay.plan({ ...request, target })
    let state = ''
    let runs = 0
    while (state !== 'completed') {
      const abort = new AbortController()
      const other = createReplay({ broker, auditLog, logger: silentLogger })
      const options = { ...confirmed, maxInFlight: 500, signal: abort.signal, onProgress: () => abort.abort() }
      ;({ state } = await other.run(replayId, options))
      await other.close()
      runs += 1
    }
    expect(runs).toBe(6)
    expect(sequencesOf(await consumeAll(target, 2_100))).toEqual(everySequence)
  })

  it('lets the later of two runners of one replay go on, and the other publish nothing more', async () => {
    const target = await newTopic(`${topic}-fenced`)
    const { replayId } = await replay.plan({ ...request, target })
    let later: ReturnType<Replay['run']> | undefined
    const first = replay.run(replayId, {
      ...confirmed,
      onProgress: () => {
        later ??= createReplay({ broker, auditLog, logger: silentLogger }).run(replayId, confirmed)
      },
      // Slow enough for the other to start in the middle.
      ratePerSecond: 500,
    })
    await expect(first).rejects.toMatchObject({ code: 'REPLAY_FENCED' })
    expect(await later).toMatchObject({ state: 'completed', published: 2_100 })
    expect(sequencesOf(await consumeAll(target, 2_100))).toEqual(everySequence)
  })

  it('is paused and resumed from another process, and cancelled', async () => {
    const target = await newTopic(`${topic}-paused`)
    const { replayId } = await replay.plan({ ...request, target })
    const elsewhere = createReplay({ broker, auditLog, logger: silentLogger })
    const running = replay.run(replayId, { ...confirmed, ratePerSecond: 500 })
    await eventually(async () => (await elsewhere.status(replayId)).published > 100, { timeoutMs: 20_000 })

    const paused = await elsewhere.pause(replayId, { by: 'bob', note: 'lunch' })
    expect(paused).toMatchObject({ state: 'paused', by: 'bob' })
    expect(await countOf(target)).toBe(paused.published)
    await elsewhere.resume(replayId, { by: 'bob' })
    await eventually(async () => (await elsewhere.status(replayId)).published > paused.published, { timeoutMs: 20_000 })

    const cancelled = await elsewhere.cancel(replayId, { by: 'bob' })
    expect(await running).toMatchObject({ state: 'cancelled', published: cancelled.published })
    expect(await countOf(target)).toBe(cancelled.published)
    await expect(elsewhere.run(replayId, confirmed)).rejects.toMatchObject({ code: 'REPLAY_ENDED' })
    const listed = (await elsewhere.list()).find((one) => one.replayId === replayId)
    expect(listed).toMatchObject({ state: 'cancelled', by: 'bob', plan: { reason: 'an integration test' } })
    await elsewhere.close()
  })

  it('sets entries aside that the topic does not take, and publishes the rest', async () => {
    const target = `${topic}-small`
    await withAdmin((admin) =>
      admin.createTopics([{ name: target, partitions, settings: { 'max.message.bytes': '1200' } }]),
    )
    const transforms = { 'enlarge-some': enlargeSome }
    const other = createReplay({ broker, auditLog, transforms, logger: silentLogger })
    const ranges = [{ topic, partition: 1, from: 100n, below: 120n }]
    const plan = await other.plan({ ...request, target, ranges, transform: 'enlarge-some' })
    const report = await other.run(plan, { ...confirmed, maxInFlight: 1 })
    expect(report).toMatchObject({ state: 'completed', planned: 20, published: 18, failed: 2 })
    const errors = await collected(other.errors(plan.replayId))
    expect(errors.map(({ offset }) => offset)).toEqual([105n, 115n])
    expect(errors[0]).toMatchObject({ topic, partition: 1, code: 'BROKER_RECORD_TOO_LARGE' })
    await other.close()
  })

  it('never meets its own output in the original topic, and leaves it out of the next plan', async () => {
    const plan = await replay.plan(request)
    const report = await replay.run(plan, confirmed)
    expect(report.published).toBe(2_100)
    const all = await consumeAll(topic, 4_200)
    const replayed = all.filter(({ headers }) => readReplayMarks(headers) !== undefined)
    expect(replayed.map(originalOf)).toEqual(originals.map(originalOf))

    await store(all)
    expect((await replay.plan(request)).summary.entries).toBe(2_100)
    expect((await replay.plan({ ...request, replays: { id: plan.replayId } })).summary.entries).toBe(2_100)
  })

  it('shows who reads the topic', async () => {
    const { otherGroups, targetGroups } = await replay.plan(request, { keep: 'no' })
    expect(targetGroups).toEqual([{ groupId: 'billing', known: false, members: 0 }])
    expect(otherGroups.every(({ known }) => known)).toBe(true)
  })

  it('refuses to run when the topic was made anew since the plan', async () => {
    const target = await newTopic(`${topic}-anew`)
    await replay.run(await replay.plan({ ...request, target }), confirmed)
    const plan = await replay.plan({ ...request, target })
    await withAdmin((admin) => admin.deleteTopics([target]))
    await newTopic(target)
    await expect(replay.run(plan, confirmed)).rejects.toMatchObject({ code: 'REPLAY_PREMISES_CHANGED' })
  })
})

const enlargeSome: ReplayTransform = ({ record }) =>
  record.offset % 10n === 5n ? { value: new Uint8Array(2_000) } : {}
