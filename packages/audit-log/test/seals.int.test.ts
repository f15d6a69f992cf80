import { randomUUID } from 'node:crypto'
import type { AuditRecord, NextOffset } from '@ledgerbus/core'
import {
  anAuditRecord,
  builderTimeMs,
  createFakeClock,
  createInMemoryBroker,
  createSeededRandom,
  createSequentialIds,
} from '@ledgerbus/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkSeals, type SealsReport, sealDay } from '../src/index.ts'
import { rangeOf } from './support/a-range.ts'
import { hostileRecords } from './support/hostile-records.ts'
import { createInMemorySeals } from './support/in-memory-seals.ts'
import { createOwnLog, type OwnLog } from './support/own-log.ts'

let own: OwnLog
beforeAll(async () => {
  own = await createOwnLog()
})
afterAll(() => own.log.close())

const dayAfter = Number(builderTimeMs) + 86_400_000

/** Stores records of one partition and seals them; Kafka is simulated, what counts here is the table. */
async function sealedTopic(
  count: number,
  make: (topic: string) => readonly AuditRecord[] = (topic) => plain(topic, count),
) {
  const topic = `sealed-${randomUUID()}`
  const items = make(topic)
  for (let at = 0; at < items.length; at += 20_000) {
    expect(await own.log.insert(rangeOf(items.slice(at, at + 20_000)))).toEqual({ kind: 'ok' })
  }
  const broker = createInMemoryBroker({ clusterId: 'test-cluster' })
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name: topic, partitions: 1 }])
  const end = (items.at(-1)?.record.offset ?? 0n) + 1n
  const store = createInMemorySeals()
  const clock = createFakeClock({ startMs: dayAfter })
  await admin.setGroupOffsets('sink', [{ topic, partition: 0, offset: end as NextOffset }])
  const report = await sealDay(
    { broker, auditLog: own.log, store, clock, ids: createSequentialIds() },
    { day: '2026-01-31', topics: [topic], groupId: 'sink' },
  )
  expect(report.entries).toBe(items.length)
  const check = (maxFindings = 5_000): Promise<SealsReport> =>
    checkSeals({ auditLog: own.log, store, clock }, { maxFindings })
  return { topic, items, check, table: `${own.prefix}_events`, where: `kafka_topic = '${topic}'` }
}

function plain(topic: string, count: number): AuditRecord[] {
  return Array.from({ length: count }, (_, index) =>
    anAuditRecord({
      topic,
      offset: BigInt(index),
      timestampMs: builderTimeMs + BigInt(index),
      value: `value ${index}`,
      key: `k-${index}`,
    }),
  )
}

const foundIn = ({ findings }: SealsReport): string[] => findings.map(({ kind, offset }) => `${kind} ${offset}`)
const now = 'SETTINGS mutations_sync = 2'

describe('seals of a real table', () => {
  it('are intact, whatever the entries are', async () => {
    const { check } = await sealedTopic(0, (topic) => hostileRecords({ topic, timestampMs: builderTimeMs }))
    expect(await check()).toMatchObject({ verdict: 'intact', findings: [], problems: [] })
  })

  it.each([
    ['the value', `raw = concat(raw, ' ')`],
    ['the key', `kafka_key = 'another'`],
    ['the key to none', `kafka_key = NULL`],
    ['the headers', `kafka_headers = [('a', NULL)]`],
    ['the status', `record_status = 'tombstone'`],
    ['the status to one that nobody knows', `record_status = 'paid'`],
  ])('show an update of %s at its place', async (_, change) => {
    const { check, table, where } = await sealedTopic(50)
    await own.ask(`ALTER TABLE ${table} UPDATE ${change} WHERE ${where} AND kafka_offset = 17 ${now}`)
    const report = await check()
    expect(foundIn(report)).toEqual(['differing 17'])
    expect(report.verdict).toBe('findings')
  })

  it('show a deletion, light or not, and an insertion', async () => {
    const { check, table, where } = await sealedTopic(50)
    await own.ask(`DELETE FROM ${table} WHERE ${where} AND kafka_offset = 3`)
    await own.ask(`ALTER TABLE ${table} DELETE WHERE ${where} AND kafka_offset = 5 ${now}`)
    await own.ask(
      `INSERT INTO ${table} SELECT * REPLACE (kafka_timestamp + 1 AS kafka_timestamp, 'put in' AS raw) FROM ${table} WHERE ${where} AND kafka_offset = 7`,
    )
    expect(foundIn(await check())).toEqual(['missing 3', 'missing 5', 'foreign 7'])
  })

  it('show an entry that was moved, with the place it came from', async () => {
    const { check, table, where } = await sealedTopic(50)
    await own.ask(
      `INSERT INTO ${table} SELECT * REPLACE (kafka_timestamp + INTERVAL 9 HOUR AS kafka_timestamp) FROM ${table} WHERE ${where} AND kafka_offset = 7`,
    )
    await own.ask(
      `DELETE FROM ${table} WHERE ${where} AND kafka_offset = 7 AND kafka_timestamp < '2026-01-31 20:00:00'`,
    )
    expect((await check()).findings).toMatchObject([
      { kind: 'moved', offset: 7n, movedFrom: { offset: 7n, timestampMs: builderTimeMs + 7n } },
    ])
  })

  it('show a forged copy of the same coordinates before a merge makes it the one that is read', async () => {
    const { check, table, where } = await sealedTopic(50)
    await own.ask(
      `INSERT INTO ${table} SELECT * REPLACE ('forged' AS raw) FROM ${table} WHERE ${where} AND kafka_offset = 7`,
    )
    expect(foundIn(await check())).toEqual(['differing 7'])
    await own.ask(`OPTIMIZE TABLE ${table} FINAL`)
    expect(foundIn(await check())).toEqual(['differing 7'])
  })

  it('count what was erased on request, and find what was erased without a word', async () => {
    const { check, topic, items } = await sealedTopic(0, (name) =>
      Array.from({ length: 20 }, (_, index) =>
        anAuditRecord({
          topic: name,
          offset: BigInt(index),
          timestampMs: builderTimeMs + BigInt(index),
          envelope: { eventId: randomUUID(), actor: { type: 'user', id: index % 2 === 0 ? name : 'another' } },
        }),
      ),
    )
    expect(items).toHaveLength(20)
    await own.log.erase(await own.log.planErasure({ actorType: 'user', actorId: topic }), { reason: 'r', by: 'b' })
    const report = await check()
    expect(report.verdict).toBe('intact')
    expect(report.partitions).toMatchObject([{ same: 10, erased: 10 }])
    await own.ask(`DELETE FROM ${own.prefix}_erased WHERE kafka_topic = '${topic}' AND kafka_offset = 4`)
    expect(foundIn(await check())).toEqual(['missing 4'])
  })

  it('show 2,000 edits among 100,000 entries, each at its place, and nothing else', async () => {
    const { check, table, where } = await sealedTopic(100_000)
    const random = createSeededRandom(19)
    const victims = new Set<number>()
    while (victims.size < 2_000) victims.add(Math.floor(random.next() * 100_000))
    const parts = [0, 1, 2, 3].map((kind) => [...victims].filter((_, turn) => turn % 4 === kind))
    const [updated, retold, deleted, added] = parts.map((offsets) => `${where} AND kafka_offset IN (${offsets.join()})`)
    await own.ask(`ALTER TABLE ${table} UPDATE raw = concat(raw, '!') WHERE ${updated} ${now}`)
    await own.ask(`ALTER TABLE ${table} UPDATE kafka_headers = [('x', 'y')] WHERE ${retold} ${now}`)
    await own.ask(
      `INSERT INTO ${table} SELECT * REPLACE (kafka_timestamp + INTERVAL 1 HOUR AS kafka_timestamp, concat(raw, '?') AS raw) FROM ${table} WHERE ${added}`,
    )
    await own.ask(`ALTER TABLE ${table} DELETE WHERE ${deleted} ${now}`)
    const expected = parts.flatMap((offsets, kind) =>
      offsets.map((offset) => `${['differing', 'differing', 'missing', 'foreign'][kind]} ${offset}`),
    )
    const report = await check()
    expect(foundIn(report).toSorted()).toEqual(expected.toSorted())
  }, 120_000)
})
