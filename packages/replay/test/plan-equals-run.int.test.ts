import { randomBytes } from 'node:crypto'
import { createAuditLog } from '@ledgerbus/audit-log'
import {
  type AuditLog,
  type Broker,
  type BrokerAdmin,
  encodeEnvelope,
  type NextOffset,
  type ProducerRecord,
  silentLogger,
} from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { anEnvelope, aRecord, createSeededRandom } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createReplay, type Replay, type ReplayRequest } from '../src/index.ts'

const run = randomBytes(4).toString('hex')
const topic = `plan-equals-run-${run}`
const tablePrefix = `plan_equals_run_${run}`
const partitions = 3
const perPartition = 200
const filters = 100
/** Runs at the same time. */
const lanes = 4
const startMs = Date.UTC(2026, 0, 31)

const random = createSeededRandom(Number.parseInt(run, 16))
const below = (limit: number): number => Math.floor(random.next() * limit)
const oneOf = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item

const names = ['order.created', 'order.paid', 'parcel.sent']
const currencies = ['EUR', 'USD', 'CHF']
const tags = ['gift', 'rush', 'night']

let broker: Broker
let admin: BrokerAdmin
let auditLog: AuditLog
let replay: Replay
let clickhouseUrl: string

beforeAll(async () => {
  const addresses = stackAddresses()
  clickhouseUrl = addresses.clickhouseUrl
  broker = createKafkaBroker({ brokers: addresses.kafkaBrokers, clientId: 'plan-equals-run', logger: silentLogger })
  admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name: topic, partitions }])
  const log = createAuditLog({ url: clickhouseUrl, tablePrefix, logger: silentLogger })
  await log.migrate()
  await log.start()
  auditLog = log
  replay = createReplay({ broker, auditLog, logger: silentLogger })
  await fill()
})

afterAll(async () => {
  await replay.close()
  await auditLog.close()
  await admin.close()
})

function anyRecord(index: number): ProducerRecord {
  const timestampMs = BigInt(startMs + below(86_400_000))
  if (index % 40 === 7) return { ...aRecord({ key: `o-${index}`, value: null }), timestampMs }
  if (index % 40 === 8) return { ...aRecord({ key: `o-${index}`, value: 'no event' }), timestampMs }
  const entityId = `o-${below(30)}`
  const envelope = anEnvelope({
    name: oneOf(names),
    timestamp: new Date(startMs + below(86_400_000)).toISOString(),
    entity: { type: 'order', id: entityId },
    actor: { type: 'user', id: `u-${below(5)}` },
    organizationId: oneOf(['acme', 'globex']),
    payload: {
      after: {
        total: below(2_000) / 4,
        currency: oneOf(currencies),
        tags: tags.filter(() => random.next() < 0.4),
        ...(random.next() < 0.5 && { discount: below(50) }),
      },
    },
  })
  return { ...aRecord({ key: entityId, value: encodeEnvelope(envelope) }), timestampMs }
}

async function fill(): Promise<void> {
  const producer = broker.createProducer()
  await producer.start()
  const cluster = await admin.clusterId()
  for (let partition = 0; partition < partitions; partition += 1) {
    const records = Array.from({ length: perPartition }, (_, index) => anyRecord(index))
    const outcome = await producer.append(topic, partition, records)
    if (outcome.kind !== 'ok') throw outcome.error
    const block = auditLog.createBlock({ cluster, topic, partition })
    for (const [index, record] of records.entries()) {
      block.add({ ...record, cluster, topic, partition, offset: outcome.baseOffset + BigInt(index) })
    }
    const next = (outcome.baseOffset + BigInt(records.length)) as NextOffset
    const stored = await auditLog.insert({ first: outcome.baseOffset, next, block })
    if (stored.kind !== 'ok') throw stored.error
  }
  await producer.close()
}

/** The same condition twice: as users write it, and as somebody would who has only SQL and the bytes. */
interface Condition {
  readonly cel: string
  readonly sql: string
}

const after = "'payload', 'after'"

function anyComparison(): Condition {
  const total = below(2_000) / 4
  const discount = below(50)
  const currency = oneOf(currencies)
  const tag = oneOf(tags)
  const entity = `o-${below(4)}`
  return oneOf<Condition>([
    { cel: `payload.after.total >= ${total.toFixed(2)}`, sql: `JSONExtractFloat(raw, ${after}, 'total') >= ${total}` },
    { cel: `payload.after.total < ${total.toFixed(2)}`, sql: `JSONExtractFloat(raw, ${after}, 'total') < ${total}` },
    {
      cel: `payload.after.currency == '${currency}'`,
      sql: `JSONExtractString(raw, ${after}, 'currency') = '${currency}'`,
    },
    {
      cel: `has(payload.after.discount) && payload.after.discount > ${discount}`,
      sql: `JSONHas(raw, ${after}, 'discount') AND JSONExtractFloat(raw, ${after}, 'discount') > ${discount}`,
    },
    {
      cel: `'${tag}' in payload.after.tags`,
      sql: `has(JSONExtract(raw, ${after}, 'tags', 'Array(String)'), '${tag}')`,
    },
    {
      cel: `entity.id.startsWith('${entity}')`,
      sql: `startsWith(JSONExtractString(raw, 'entity', 'id'), '${entity}')`,
    },
    { cel: `name != 'order.paid'`, sql: `JSONExtractString(raw, 'name') != 'order.paid'` },
  ])
}

function anyCondition(depth = 0): Condition {
  const kind = depth >= 3 ? 'leaf' : oneOf(['leaf', 'and', 'or', 'not'] as const)
  if (kind === 'leaf') return anyComparison()
  const left = anyCondition(depth + 1)
  if (kind === 'not') return { cel: `!(${left.cel})`, sql: `NOT (${left.sql})` }
  const right = anyCondition(depth + 1)
  return kind === 'and'
    ? { cel: `(${left.cel}) && (${right.cel})`, sql: `(${left.sql}) AND (${right.sql})` }
    : { cel: `(${left.cel}) || (${right.cel})`, sql: `(${left.sql}) OR (${right.sql})` }
}

async function countBySql(sql: string): Promise<number> {
  const body = `SELECT count() FROM ${tablePrefix}_events FINAL WHERE record_status = 'ok' AND (${sql})`
  const answer = await fetch(clickhouseUrl, { method: 'POST', body })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return Number(text)
}

async function visibleIn(target: string): Promise<number> {
  const reader = broker.createReader()
  await reader.start()
  let count = 0
  for (const { partition, low, end } of await admin.topicOffsets(target)) {
    if (low === end) continue
    for await (const { records } of reader.read({ topic: target, partition }, { from: low, to: end }))
      count += records.length
  }
  await reader.close()
  return count
}

describe('what a plan counts, a run publishes, and SQL finds', () => {
  it(`is the same for ${filters} filters drawn at random`, async () => {
    const conditions = Array.from({ length: filters }, (_, index) => ({ index, ...anyCondition() }))
    const differing: unknown[] = []
    let selected = 0

    async function check({ index, cel, sql }: (typeof conditions)[number]): Promise<void> {
      const target = `${topic}-${index}`
      await admin.createTopics([{ name: target, partitions: 1 }])
      const request: ReplayRequest = {
        fromMs: startMs,
        toMs: startMs + 86_400_000,
        topics: [topic],
        filter: cel,
        order: index % 4 === 3 ? 'time' : 'key',
        target,
        groups: ['nobody'],
        reason: 'counted three times',
        by: 'ada',
      }
      const plan = await replay.plan(request)
      const { state, published } = await replay.run(plan, { confirmed: true })
      const counts = [plan.summary.entries, published, await visibleIn(target), await countBySql(sql)]
      selected += published
      if (state !== 'completed' || new Set(counts).size > 1) differing.push({ cel, state, counts })
    }

    const waiting = [...conditions]
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await check(next)
      }),
    )
    expect(differing).toEqual([])
    // Neither all nor none: the filters told entries apart.
    expect(selected).toBeGreaterThan(filters)
    expect(selected).toBeLessThan(filters * partitions * perPartition)
  }, 300_000)
})
