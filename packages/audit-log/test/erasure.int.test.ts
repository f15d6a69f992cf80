import { randomUUID } from 'node:crypto'
import type { AuditRecord, EraseOptions } from '@ledgerbus/core'
import { createRecordingLogger, eventually } from '@ledgerbus/testkit'
import { anAuditRecord as aRecordOf } from '@ledgerbus/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuditLog } from '../src/index.ts'
import { rangeOf } from './support/a-range.ts'
import { type OwnClickHouse, serverOf, startOwnClickHouse } from './support/own-clickhouse.ts'
import { createOwnLog, type OwnLog } from './support/own-log.ts'

const word: EraseOptions = { reason: 'request 42', by: 'dpo@example.org' }
const secret = 'Ada Lovelace, 12 St James’s Square'

/** Orders of one customer at even offsets and of others at odd ones; the customer's bytes hold what must go. */
function orders(topic: string, count: number, input: { readonly monthsBack?: number } = {}): AuditRecord[] {
  const startMs = BigInt(Date.now() - (input.monthsBack ?? 0) * 31 * 86_400_000)
  return Array.from({ length: count }, (_, index) => {
    const isMine = index % 2 === 0
    const id = isMine ? `u-${topic}` : `u-${index}`
    return aRecordOf({
      topic,
      offset: BigInt(index),
      timestampMs: startMs + BigInt(index),
      key: isMine ? secret : 'k',
      headers: { 'x-name': isMine ? secret : 'n' },
      envelope: {
        eventId: randomUUID(),
        actor: { type: 'user', id },
        payload: { after: { name: isMine ? secret : 'n', index } },
      },
    })
  })
}

const mine = (topic: string) => ({ actorType: 'user', actorId: `u-${topic}` })

describe('an erasure in ClickHouse', () => {
  let own: OwnLog
  beforeAll(async () => {
    own = await createOwnLog()
  })
  afterAll(() => own.log.close())

  const newTopic = (): string => `orders-${randomUUID()}`
  const tables = () => [`${own.prefix}_events`, `${own.prefix}_quarantine`, `${own.prefix}_erased`]

  /** Rows that hold the secret in any column, also those that a lightweight delete would only have hidden. */
  async function rowsWithSecret(topic: string): Promise<number> {
    let rows = 0
    for (const table of tables()) {
      const text = `concat(raw, decoded, ifNull(kafka_key, ''), toString(kafka_headers), entity_id, actor_id, problem)`
      rows += Number(
        await own.ask(
          `SELECT count() FROM ${table} WHERE kafka_topic = '${topic}' AND position(${text}, 'Lovelace') > 0 SETTINGS apply_deleted_mask = 0`,
        ),
      )
    }
    return rows
  }

  it('removes the bytes from every table and every copy, and nothing else', async () => {
    const topic = newTopic()
    const items = orders(topic, 40)
    await own.log.insert(rangeOf(items))
    // The same records in other ranges have other tokens: copies, in parts of their own.
    await own.log.insert(rangeOf(items.slice(0, 10)))
    await own.log.insert(rangeOf(items.slice(3, 25)))
    expect(await rowsWithSecret(topic)).toBeGreaterThan(20)

    const plan = await own.log.planErasure(mine(topic))
    expect(plan.entries).toBe(20)
    const report = await own.log.erase(plan, word)

    expect(report).toMatchObject({ planned: 20, erased: 20 })
    expect(report.removedRows).toBeGreaterThan(20)
    expect(await rowsWithSecret(topic)).toBe(0)
    const { entries } = await own.log.query({ topics: [topic] }, { order: 'oldest', limit: 100 })
    expect(entries.map(({ reading }) => reading.status)).toEqual(
      items.map((_, index) => (index % 2 === 0 ? 'erased' : 'ok')),
    )
    expect(entries.filter((_, index) => index % 2 === 1).map(({ record }) => record)).toEqual(
      items.filter((_, index) => index % 2 === 1).map(({ record }) => record),
    )
  })

  it('holds against a late insert, in reads, counts and after merges; the next run removes the bytes again', async () => {
    const topic = newTopic()
    const items = orders(topic, 10)
    await own.log.insert(rangeOf(items))
    await own.log.erase(await own.log.planErasure(mine(topic)), word)

    // A recovery that reads Kafka again, under another token.
    await own.log.insert(rangeOf(items.slice(0, 7)))
    expect(await rowsWithSecret(topic)).toBe(4)
    for (const table of tables()) await own.ask(`OPTIMIZE TABLE ${table} FINAL`)

    const { entries } = await own.log.query({ topics: [topic] }, { order: 'oldest' })
    expect(entries.filter(({ reading }) => reading.status === 'erased')).toHaveLength(5)
    expect(entries).toHaveLength(10)
    expect((await own.log.query(mine(topic))).entries).toEqual([])
    expect(await own.log.summarize({ topics: [topic] })).toMatchObject({
      entries: 10,
      byStatus: [
        { status: 'erased', entries: 5 },
        { status: 'ok', entries: 5 },
      ],
    })
    const copies: number[] = []
    const span = { cluster: 'test-cluster', topic, partition: 0, from: 0n, to: 100n }
    for await (const inspected of own.log.inspect(span)) copies.push(inspected.copies.length)
    expect(copies.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(4)

    const again = await own.log.erase(await own.log.planErasure(mine(topic)), word)
    expect(again).toMatchObject({ planned: 0, erased: 0, removedRows: 4 })
    expect(await rowsWithSecret(topic)).toBe(0)
  })

  it('reaches entries of many months and of the quarantine', async () => {
    const topic = newTopic()
    const old = orders(topic, 6, { monthsBack: 3 })
    const recent = orders(topic, 6).map(({ record, reading }) => ({
      record: { ...record, offset: record.offset + 100n },
      reading,
    }))
    const absurd = orders(topic, 2).map(({ record, reading }) => ({
      record: { ...record, offset: record.offset + 200n, timestampMs: 9_999_999_999_999n },
      reading,
    }))
    for (const part of [old, recent, absurd]) await own.log.insert(rangeOf(part))
    const report = await own.log.erase(await own.log.planErasure(mine(topic)), word)
    expect(report).toMatchObject({ erased: 7, removedRows: 7 })
    expect(await rowsWithSecret(topic)).toBe(0)
  })

  it('killed after some markers and before any row was removed is finished by the next run', async () => {
    const topic = newTopic()
    const items = orders(topic, 12)
    await own.log.insert(rangeOf(items))
    const plan = await own.log.planErasure(mine(topic))
    const controller = new AbortController()
    const gone = own.log.erase(
      {
        ...plan,
        selection: { ...plan.selection, below: plan.selection.below?.map((bound) => ({ ...bound, below: 5n })) ?? [] },
      },
      { ...word, signal: controller.signal, onProgress: () => controller.abort(new Error('killed')) },
    )
    await expect(gone).rejects.toThrow('killed')
    expect(await rowsWithSecret(topic)).toBe(6)
    // Marked already, and so read as erased.
    const { entries } = await own.log.query({ topics: [topic], statuses: ['erased'] })
    expect(entries).toHaveLength(3)

    const report = await own.log.erase(await own.log.planErasure(mine(topic)), word)
    expect(report).toMatchObject({ planned: 3, erased: 3, removedRows: 6 })
    expect(await rowsWithSecret(topic)).toBe(0)
  })

  it('can be asked about by hand: who, when and why are columns of the markers', async () => {
    const topic = newTopic()
    await own.log.insert(rangeOf(orders(topic, 1)))
    await own.log.erase(await own.log.planErasure(mine(topic)), word)
    expect(
      await own.ask(
        `SELECT erased_by, erasure_reason, erased_status, length(erased_sha256), erased_at > now() - 60 FROM ${own.prefix}_erased WHERE kafka_topic = '${topic}' FORMAT CSV`,
      ),
    ).toBe('"dpo@example.org","request 42","ok",64,1')
  })
})

describe('the user who erases', () => {
  let server: OwnClickHouse | undefined
  beforeAll(async () => {
    server = await startOwnClickHouse({
      users: [
        {
          name: 'eraser',
          password: 'eraser-password',
          grants: [
            'GRANT SELECT ON default.*',
            'GRANT INSERT ON default.e_erased',
            'GRANT ALTER DELETE ON default.e_events',
            'GRANT ALTER DELETE ON default.e_quarantine',
            'GRANT SELECT ON system.mutations',
          ],
        },
        {
          name: 'reader',
          password: 'reader-password',
          grants: ['GRANT SELECT ON default.*'],
          settings: { readonly: 2 },
        },
      ],
    })
  })
  afterAll(async () => {
    if (server !== undefined && 'server' in server) await server.server.stop()
  })

  it('needs SELECT, also on system.mutations, INSERT into the markers and ALTER DELETE on two tables, and can write nothing else', async (context) => {
    const { url } = serverOf(server, context)
    const logger = createRecordingLogger()
    const migrator = createAuditLog({ url, tablePrefix: 'e', logger })
    await migrator.migrate({ retentionDays: 36_500 })
    const items = orders('orders', 6)
    expect(await migrator.insert(rangeOf(items))).toEqual({ kind: 'ok' })
    const as = (username: string) =>
      createAuditLog({ url, tablePrefix: 'e', username, password: `${username}-password`, logger })

    const reader = as('reader')
    await reader.start()
    const plan = await reader.planErasure(mine('orders'))
    await expect(reader.erase(plan, word)).rejects.toMatchObject({ code: 'AUDIT_LOG_CONFIGURATION' })
    expect((await reader.query({ statuses: ['erased'] })).entries).toEqual([])

    const eraser = as('eraser')
    await eraser.start()
    expect(await eraser.erase(await eraser.planErasure(mine('orders')), word)).toMatchObject({
      erased: 3,
      removedRows: 3,
    })
    expect(await eraser.insert(rangeOf(items))).toMatchObject({
      kind: 'failed',
      error: { code: 'AUDIT_LOG_CONFIGURATION' },
    })
    expect((await reader.query({ statuses: ['erased'] })).entries).toHaveLength(3)
    await Promise.all([migrator, reader, eraser].map((log) => log.close()))
  })

  it('loses nothing when the server dies meanwhile: the next run finishes', async (context) => {
    const own = serverOf(server, context)
    const logger = createRecordingLogger()
    const { log, prefix, ask } = await createOwnLog({ url: own.url, logger })
    await log.insert(rangeOf(orders('orders', 2_000)))
    const plan = await log.planErasure(mine('orders'))
    const erasing = log.erase(plan, word).catch((error: unknown) => error)
    await own.kill('SIGKILL')
    await erasing
    await own.restart()
    const finished = await eventually(
      async () => {
        await log.erase(await log.planErasure(mine('orders')), word)
        const left = await ask(`SELECT count() FROM ${prefix}_events WHERE position(raw, 'Lovelace') > 0`)
        expect(left).toBe('0')
      },
      { timeoutMs: 30_000 },
    )
    expect(finished).toBeUndefined()
    expect((await log.summarize({})).byStatus).toEqual([
      { status: 'erased', entries: 1_000 },
      { status: 'ok', entries: 1_000 },
    ])
    await log.close()
  })
})
