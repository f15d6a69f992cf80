import type { AuditEntry, AuditLogReader } from '@ledgerbus/core'
import { builderTimeMs } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { anOrder, aPlanWorld, fromMs, keepingDays, type PlanWorld, toMs } from '../../test/plan-world.ts'
import type { FrozenSelection } from '../plan/replay-plan.ts'
import { createLogSource } from './log-source.ts'
import { firstPosition, type OpenSelection, type ReplayPosition } from './replay-source.ts'

const open: OpenSelection = { fromMs, toMs, timeField: 'event', replays: 'exclude', redrives: 'exclude' }
const placeOf = ({ record }: AuditEntry): string => `${record.partition}/${record.offset}`

async function collected(entries: AsyncIterable<AuditEntry>): Promise<AuditEntry[]> {
  const found: AuditEntry[] = []
  for await (const entry of entries) found.push(entry)
  return found
}

let world: PlanWorld

beforeEach(async () => {
  world = await aPlanWorld()
  const at = (ms: bigint) => ({ timestampMs: builderTimeMs + ms })
  await world.publish('orders', 0, [anOrder('o-1', at(3n)), anOrder('o-2', at(1n))])
  await world.publish('orders', 1, [anOrder('o-3', at(2n))])
})

async function frozen(change: Partial<OpenSelection> = {}): Promise<FrozenSelection> {
  const selection = { ...open, ...change }
  return { ...selection, below: (await world.source.survey(selection)).summary.bounds }
}

async function placesBehind(position: ReplayPosition): Promise<string[]> {
  const entries = await collected(world.source.read(await frozen(), position))
  return entries.map(placeOf)
}

async function erase(entityId: string): Promise<void> {
  const plan = await world.auditLog.planErasure({ entityType: 'order', entityId })
  await world.auditLog.erase(plan, { reason: 'asked for', by: 'ada' })
}

describe('log as a source', () => {
  it('reads each partition by offset in the order of keys, whatever the timestamps say', async () => {
    const places = await placesBehind(firstPosition('key'))
    expect(places.filter((place) => place.startsWith('0/'))).toEqual(['0/0', '0/1'])
    expect(places).toHaveLength(3)
  })

  it('reads all by time in the order of time', async () => {
    expect(await placesBehind(firstPosition('time'))).toEqual(['0/1', '1/0', '0/0'])
  })

  it('goes on where partitions were left, or behind the cursor of an entry', async () => {
    const starts = [{ cluster: 'in-memory', topic: 'orders', partition: 0, from: 1n }]
    expect((await placesBehind({ order: 'key', starts })).toSorted()).toEqual(['0/1', '1/0'])

    const [first] = await collected(world.source.read(await frozen(), firstPosition('time')))
    const cursor = world.source.cursorOf(first as AuditEntry)
    expect(await placesBehind({ order: 'time', cursor })).toEqual(['1/0', '0/0'])
  })

  it('counts what stands, with the oldest and the newest entry by time', async () => {
    const { summary, first, last, losses } = await world.source.survey(open)
    expect(summary.entries).toBe(3)
    expect([first, last].map((entry) => entry && placeOf(entry))).toEqual(['0/1', '0/0'])
    expect(losses).toEqual([])
  })

  it('has no first and no last entry where nothing is selected', async () => {
    const survey = await world.source.survey({ ...open, names: ['order.returned'] })
    expect(survey).toEqual({ summary: expect.objectContaining({ entries: 0 }) as unknown, losses: [] })
  })

  it('looks for the first entry through pages that are empty, as those of a filter over rows may be', async () => {
    let pages = 0
    const sparse: AuditLogReader = {
      ...world.auditLog,
      async query(selection, options) {
        pages += 1
        return pages % 3 === 0
          ? world.auditLog.query(selection, { order: options?.order ?? 'newest' })
          : { entries: [], nextCursor: 'on' }
      },
    }
    const { first, last } = await createLogSource(sparse).survey(open)
    expect([first, last].map((entry) => entry && placeOf(entry))).toEqual(['0/1', '0/0'])
  })

  it('leaves erased entries out of counts and reading, also those erased since, and says how many it left out', async () => {
    await erase('o-2')
    const { summary, losses } = await world.source.survey(open)
    expect(summary.entries).toBe(2)
    expect(summary.byStatus).toEqual([{ status: 'ok', entries: 2 }])
    expect(losses).toEqual(['erased: 1; left out, as their bytes are gone'])
    const selection = await frozen()
    await erase('o-3')
    expect((await collected(world.source.read(selection, firstPosition('key')))).map(placeOf)).toEqual(['0/0'])
  })

  it('says when the range begins before what the log keeps', async () => {
    const source = createLogSource(keepingDays(world.auditLog, 30), { clock: world.clock })
    const keptFromMs = world.clock.nowMs() - 30 * 86_400_000
    expect((await source.survey({ ...open, fromMs: keptFromMs })).losses).toEqual([])
    expect((await source.survey({ ...open, fromMs: keptFromMs - 1 })).losses).toEqual([
      'the log keeps entries for 30 days: what Kafka took before 2026-01-01T12:00:00.000Z may be gone, and the range begins at 2026-01-01T11:59:59.999Z',
    ])
  })

  it('says nothing of retention where the log does not tell', async () => {
    const { retentionDays: _, ...silent } = world.auditLog
    expect((await createLogSource(silent).survey({ ...open, fromMs: 0 })).losses).toEqual([])
  })

  it('explains a selection without asking', () => {
    world.auditLog.controls.goDown()
    expect(world.source.explain({ ...open, filter: 'name == "order.created"' }).onRows).toBe('name == "order.created"')
  })

  it('ends with the signal', async () => {
    const signal = AbortSignal.abort('enough')
    await expect(world.source.survey(open, { signal })).rejects.toBe('enough')
    const reading = world.source.read(await frozen(), firstPosition('key'), { signal })
    await expect(collected(reading)).rejects.toBe('enough')
  })
})
