import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkSeals, createAuditLog, createSealFolder, sealDay, verifyAuditLog } from '@ledgerbus/audit-log'
import { createAuditSink } from '@ledgerbus/audit-sink'
import { type Broker, encodeEnvelope, type ProducerRecord, type RecordHeader, systemClock } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { anEnvelope, aRecord, createRecordingLogger, eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ended, spawnLedgerbus } from './spawned-ledgerbus.ts'

// The log as the sink writes it from a real Kafka, compared with it; what is broken is broken behind the sink's back.

const run = randomBytes(4).toString('hex')
const groupId = `audit-it-sink-${run}`
const tablePrefix = `audit_it_${run}`
const nowMs = BigInt(Date.now())

let broker: Broker
let auditLog: ReturnType<typeof createAuditLog>

beforeAll(async () => {
  const { kafkaBrokers, clickhouseUrl } = stackAddresses()
  const logger = createRecordingLogger()
  broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: 'audit-it', logger })
  auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix, logger })
  await auditLog.migrate({ retentionDays: 36_500 })
  await auditLog.start()
})
afterAll(() => auditLog.close())

async function ask(sql: string): Promise<string> {
  const address = new URL(stackAddresses().clickhouseUrl)
  const user = `${decodeURIComponent(address.username) || 'default'}:${decodeURIComponent(address.password)}`
  const authorization = `Basic ${Buffer.from(user).toString('base64')}`
  const answer = await fetch(address.origin, { method: 'POST', body: sql, headers: { authorization } })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text.trim()
}

async function withAdmin<Result>(
  action: (admin: ReturnType<Broker['createAdmin']>) => Promise<Result>,
): Promise<Result> {
  const admin = broker.createAdmin()
  await admin.start()
  try {
    return await action(admin)
  } finally {
    await admin.close()
  }
}

async function newTopic(settings: Readonly<Record<string, string>> = {}): Promise<string> {
  const topic = `audit-it-${run}-${randomBytes(3).toString('hex')}`
  await withAdmin((admin) => admin.createTopics([{ name: topic, partitions: 2, settings }]))
  return topic
}

async function publish(topic: string, records: readonly ProducerRecord[], partition = 0): Promise<void> {
  const producer = broker.createProducer()
  await producer.start()
  for (let at = 0; at < records.length; at += 500) {
    const outcome = await producer.append(topic, partition, records.slice(at, at + 500))
    if (outcome.kind !== 'ok') throw outcome.error
  }
  await producer.close()
}

/** Runs the sink until it has committed everything. */
async function log(topic: string): Promise<void> {
  const sink = createAuditSink({ broker, auditLog, topics: [topic], groupId, logger: createRecordingLogger() })
  await sink.start()
  try {
    await eventually(
      () =>
        withAdmin(async (admin) => {
          const ends = await admin.topicOffsets(topic)
          const commits = (await admin.groupOffsets(groupId)).filter((one) => one.topic === topic)
          for (const { partition, low, end } of ends) {
            if (end > low) expect(commits.find((one) => one.partition === partition)?.offset).toBe(end)
          }
        }),
      { timeoutMs: 60_000 },
    )
  } finally {
    await sink.close()
  }
}

const verify = (topic: string) => verifyAuditLog({ broker, auditLog, clock: systemClock }, { topics: [topic], groupId })
const orders = (count: number, from = 0): ProducerRecord[] =>
  Array.from({ length: count }, (_, index) =>
    aRecord({
      key: `o-${(from + index) % 7}`,
      value: encodeEnvelope(anEnvelope({ entity: { type: 'order', id: `o-${from + index}` } })),
      timestampMs: nowMs + BigInt(from + index),
    }),
  )

describe('a log that the sink wrote', { timeout: 120_000 }, () => {
  it('is complete: transactions, aborted ones, tombstones, and bytes of any kind', async () => {
    const topic = await newTopic()
    await publish(topic, orders(300))
    const producer = broker.createTransactionalProducer({ transactionalId: `audit-it-${run}` })
    await producer.start()
    for (const end of ['commit', 'abort', 'commit', 'abort'] as const) {
      const transaction = await producer.begin()
      for (const partition of [0, 1]) await transaction.append(topic, partition, orders(20, 1_000))
      await transaction[end]()
    }
    await producer.close()
    const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const headers: RecordHeader[] = [
      { name: 'a', value: null },
      { name: 'a', value: everyByte },
      { name: 'ключ', value: new Uint8Array() },
    ]
    const values = [
      null,
      new Uint8Array(),
      everyByte,
      Buffer.alloc(300_000, 'x'),
      new TextEncoder().encode('{"a":1e400}'),
    ]
    await publish(
      topic,
      values.map((value, index) => ({ key: index % 2 === 0 ? null : everyByte, value, headers, timestampMs: nowMs })),
      1,
    )
    // Kafka takes any time from a producer that is not negative; this one stands in quarantine.
    await publish(topic, [aRecord({ value: 'odd', timestampMs: 0n })], 1)
    await log(topic)

    const report = await verify(topic)
    expect(report).toMatchObject({ verdict: 'complete', findings: [] })
    expect(report.partitions).toMatchObject([
      { records: 340, same: 340, notDue: 0n },
      { records: 46, same: 46, notDue: 0n },
    ])
  })

  it('shows what was removed, changed, put in and copied behind its back', async () => {
    const topic = await newTopic()
    await publish(topic, orders(200))
    await log(topic)
    const table = `${tablePrefix}_events`
    const where = `kafka_topic = '${topic}'`
    const at = (offset: number) => `${where} AND kafka_offset = ${offset}`
    await ask(`ALTER TABLE ${table} DELETE WHERE ${at(11)} SETTINGS mutations_sync = 2`)
    await ask(`ALTER TABLE ${table} UPDATE raw = concat(raw, ' ') WHERE ${at(22)} SETTINGS mutations_sync = 2`)
    await ask(
      `ALTER TABLE ${table} UPDATE kafka_headers = [('x', NULL)], kafka_key = NULL WHERE ${at(33)} SETTINGS mutations_sync = 2`,
    )
    await ask(
      `INSERT INTO ${table} SELECT * REPLACE (kafka_offset + 5000 AS kafka_offset, 'new' AS raw) FROM (SELECT * FROM ${table} WHERE ${at(44)})`,
    )
    await ask(`INSERT INTO ${table} SELECT * REPLACE ('forged' AS raw) FROM ${table} WHERE ${at(55)}`)
    await ask(`INSERT INTO ${table} SELECT * FROM ${table} WHERE ${at(66)}`)
    await ask(
      `INSERT INTO ${table} SELECT * REPLACE (kafka_timestamp + 7 AS kafka_timestamp) FROM ${table} WHERE ${at(77)}`,
    )
    await ask(
      `ALTER TABLE ${table} DELETE WHERE ${at(77)} AND kafka_timestamp < fromUnixTimestamp64Milli(${nowMs + 1_000n}, 'UTC') SETTINGS mutations_sync = 2`,
    )

    expect(await ask(`SELECT count() FROM ${table} WHERE ${at(5_044)}`)).toBe('1')

    const report = await verify(topic)

    expect(report.verdict).toBe('findings')
    expect(report.findings.map(({ kind, offset, parts }) => [kind, Number(offset), parts])).toEqual([
      ['missing', 11, undefined],
      ['differing', 22, ['value']],
      ['differing', 33, ['key', 'headers']],
      ['differing', 55, ['value']],
      ['moved', 77, undefined],
      ['foreign', 5044, undefined],
    ])
  })

  it('says what Kafka no longer has: deleted records, and another topic of the name', async () => {
    const topic = await newTopic()
    await publish(topic, orders(50))
    await log(topic)
    await withAdmin(async (admin) => {
      await admin.deleteTopics([topic])
      await eventually(async () => expect(await admin.listTopics()).not.toContain(topic), { timeoutMs: 20_000 })
      await eventually(() => admin.createTopics([{ name: topic, partitions: 2 }]), { timeoutMs: 20_000 })
    })
    await publish(
      topic,
      orders(20).map((record) => ({ ...record, timestampMs: record.timestampMs + 3_600_000n })),
    )
    await log(topic)
    const report = await verify(topic)
    expect(report).toMatchObject({ verdict: 'partly', findings: [] })
    expect(report.partitions[0]).toMatchObject({
      records: 20,
      same: 20,
      notComparable: [{ reason: 'another-incarnation', count: 50, first: 0n, last: 49n }],
    })
  })

  it('holds what was erased for erased, also when Kafka is compared', async () => {
    const topic = await newTopic()
    await publish(topic, orders(40))
    await log(topic)
    const selection = { entityType: 'order', entityId: 'o-3', topics: [topic] }
    expect(await auditLog.erase(await auditLog.planErasure(selection), { reason: 'r', by: 'b' })).toMatchObject({
      erased: 1,
    })
    const report = await verify(topic)
    expect(report.verdict).toBe('complete')
    expect(report.partitions[0]).toMatchObject({ same: 39, erased: 1 })
  })
})

describe('the command', { timeout: 120_000 }, () => {
  function ledgerbus(...argv: string[]): Promise<Ended> {
    const { kafkaBrokers, clickhouseUrl } = stackAddresses()
    const { origin, username, password } = new URL(clickhouseUrl)
    const config = join(import.meta.dirname, 'project', 'ledgerbus.config.ts')
    const env = {
      KAFKA_BROKERS: kafkaBrokers.join(','),
      CLICKHOUSE_URL: origin,
      ...(username !== '' && { CLICKHOUSE_USER: username, CLICKHOUSE_PASSWORD: password }),
    }
    const command = spawnLedgerbus([...argv, '--config', config], { env })
    command.stdin.end()
    return command.ended
  }

  it('is not migrated for, says so, and ends with 3', async () => {
    const { exitCode, stderr } = await ledgerbus('audit', 'verify', '--group', groupId)
    expect(stderr).toMatch(/AUDIT_LOG_NOT_MIGRATED/u)
    expect(exitCode).toBe(3)
  })

  it('seals in a folder what the log holds, and finds what was changed since', async () => {
    const topic = await newTopic()
    const dayMs = 86_400_000n
    await publish(
      topic,
      orders(500).map((record) => ({ ...record, timestampMs: record.timestampMs - 2n * dayMs })),
    )
    await log(topic)
    const store = createSealFolder(join(mkdtempSync(join(tmpdir(), 'ledgerbus-audit-it-')), 'seals'))
    const needs = { broker, auditLog, store, clock: systemClock, ids: { next: () => run } }
    const sealed = await sealDay(needs, { topics: [topic], groupId })
    expect(sealed).toMatchObject({ state: 'sealed', entries: 500 })
    expect((await checkSeals({ auditLog, store, clock: systemClock })).verdict).toBe('intact')
    await ask(
      `ALTER TABLE ${tablePrefix}_events DELETE WHERE kafka_topic = '${topic}' AND kafka_offset = 321 SETTINGS mutations_sync = 2`,
    )
    expect((await checkSeals({ auditLog, store, clock: systemClock })).findings).toMatchObject([
      { kind: 'missing', topic, partition: 0, offset: 321n },
    ])
  })
})
