import { randomBytes } from 'node:crypto'
import { type ClickHouseAuditLog, createAuditLog } from '@ledgerbus/audit-log'
import { type AuditEntry, type AuditRecord, createEventRegistry, defineEvent, silentLogger } from '@ledgerbus/core'
import { anAuditRange, anAuditRecord } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkEntries } from '../src/plan/check-entries.ts'
import type { FrozenSelection } from '../src/plan/replay-plan.ts'
import { createLogSource } from '../src/source/log-source.ts'
import { firstPosition, type OpenSelection, type ReplaySource } from '../src/source/replay-source.ts'

const dayMs = 86_400_000
const startMs = Date.now() - dayMs
const open: OpenSelection = {
  fromMs: startMs - dayMs,
  toMs: startMs + dayMs,
  timeField: 'kafka',
  replays: 'exclude',
  redrives: 'exclude',
}
const events = createEventRegistry([
  defineEvent('order.created', {
    version: 1,
    description: 'A new order was placed',
    payload: { after: z.object({ total: z.number() }) },
  }),
])

let auditLog: ClickHouseAuditLog
let source: ReplaySource

/** Within a partition Kafka's time runs backwards, as it does where producers' clocks disagree. */
function recordsOf(partition: number): AuditRecord[] {
  return Array.from({ length: 200 }, (_, index) =>
    anAuditRecord({
      topic: 'orders',
      partition,
      offset: BigInt(index),
      timestampMs: BigInt(startMs - index * 10 + partition),
      envelope: {
        eventId: `00000000-0000-7000-8000-${String(partition * 1_000 + index).padStart(12, '0')}`,
        entity: { type: 'order', id: `o-${index}` },
        payload: { after: { total: index % 50 === 49 ? 'many' : index } },
      },
    }),
  )
}

async function collected(entries: AsyncIterable<AuditEntry>): Promise<AuditEntry[]> {
  const found: AuditEntry[] = []
  for await (const entry of entries) found.push(entry)
  return found
}

async function frozen(change: Partial<OpenSelection> = {}): Promise<FrozenSelection> {
  const selection = { ...open, ...change }
  return { ...selection, below: (await source.survey(selection)).summary.bounds }
}

beforeAll(async () => {
  const tablePrefix = `log_source_it_${randomBytes(4).toString('hex')}`
  auditLog = createAuditLog({ url: stackAddresses().clickhouseUrl, tablePrefix, logger: silentLogger })
  await auditLog.migrate()
  await auditLog.start()
  source = createLogSource(auditLog)
  for (const partition of [0, 1]) {
    const outcome = await auditLog.insert(anAuditRange(auditLog, { records: recordsOf(partition) }))
    if (outcome.kind !== 'ok') throw outcome.error
  }
})

afterAll(() => auditLog.close())

describe('log in ClickHouse as a source', () => {
  it('counts and reads the same, each partition by offset, or all by time', async () => {
    const { summary, first, last } = await source.survey(open)
    expect(summary.entries).toBe(400)
    expect(first?.record).toMatchObject({ partition: 0, offset: 199n })
    expect(last?.record).toMatchObject({ partition: 1, offset: 0n })
    const selection = await frozen()
    const byKey = await collected(source.read(selection, firstPosition('key')))
    for (const partition of [0, 1]) {
      const offsets = byKey.filter(({ record }) => record.partition === partition).map(({ record }) => record.offset)
      expect(offsets).toEqual(Array.from({ length: 200 }, (_, index) => BigInt(index)))
    }
    const byTime = await collected(source.read(selection, firstPosition('time')))
    const times = byTime.map(({ record }) => Number(record.timestampMs))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(byTime).toHaveLength(400)
  })

  it('goes on behind an entry in the order of time, and from offsets in the order of keys', async () => {
    const selection = await frozen()
    const all = await collected(source.read(selection, firstPosition('time')))
    const cursor = source.cursorOf(all[150] as AuditEntry)
    const rest = await collected(source.read(selection, { order: 'time', cursor }))
    expect(rest.map(({ record }) => record)).toEqual(all.slice(151).map(({ record }) => record))

    const cluster = selection.below[0]?.cluster ?? ''
    const starts = [0, 1].map((partition) => ({
      cluster,
      topic: 'orders',
      partition,
      from: partition === 0 ? 200n : 190n,
    }))
    const left = await collected(source.read(selection, { order: 'key', starts }))
    expect(left.map(({ record }) => record.offset)).toEqual(
      Array.from({ length: 10 }, (_, index) => BigInt(190 + index)),
    )
  })

  it('finds the ends of what a filter over rows lets through', async () => {
    const filter = 'payload.after.total == 7'
    const { summary, first, last } = await source.survey({ ...open, filter })
    expect(summary.entries).toBe(2)
    expect([first, last].map((entry) => entry?.record.offset)).toEqual([7n, 7n])
  })

  it('says how many of a range do not fit their definitions', async () => {
    const check = await checkEntries({ source, events }, { selection: await frozen(), order: 'key', content: 'stored' })
    expect(check).toMatchObject({ entries: 400, undecodable: 0, unknown: 0, notUpcast: 0, invalid: 8 })
    expect(check.samples).toHaveLength(8)
  })

  it('says what retention may have taken, and leaves out what was erased, also since the plan', async () => {
    const days = await auditLog.retentionDays()
    const { losses } = await source.survey({ ...open, fromMs: Date.now() - ((days ?? 0) + 1) * dayMs })
    expect(losses).toEqual([expect.stringContaining(`the log keeps entries for ${days} days`)])

    const selection = await frozen()
    const plan = await auditLog.planErasure({ entityType: 'order', entityId: 'o-3' })
    await auditLog.erase(plan, { reason: 'asked for', by: 'ada' })
    expect(await collected(source.read(selection, firstPosition('key')))).toHaveLength(398)
    const after = await source.survey(open)
    expect(after.summary.entries).toBe(398)
    expect(after.losses).toEqual(['erased: 2; left out, as their bytes are gone'])
    expect(after.summary.bounds.map(({ below }) => below)).toEqual([200n, 200n])
  })
})
