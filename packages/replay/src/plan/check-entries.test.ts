import { type AuditEntry, createEventRegistry, defineEvent, type EventRegistry } from '@ledgerbus/core'
import { aRecord } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { anOrder, aPlanWorld, events, OrderCreated, type PlanWorld } from '../../test/plan-world.ts'
import type { ReplaySource } from '../source/replay-source.ts'
import { checkEntries } from './check-entries.ts'
import type { ReplayCheck } from './replay-plan.ts'

async function checkOf(
  world: PlanWorld,
  source: ReplaySource = world.source,
  signal?: AbortSignal,
  registry: EventRegistry = events,
): Promise<ReplayCheck> {
  const plan = await world.plan()
  return checkEntries({ source, events: registry }, plan, signal ? { signal } : {})
}

describe('check of entries', () => {
  it('counts each entry once, under the first step that it fails', async () => {
    const world = await aPlanWorld()
    await world.publish('orders', 0, [
      anOrder('o-1'),
      aRecord({ key: 'o-1', value: null }),
      aRecord({ key: 'o-2', value: '{' }),
      anOrder('o-3', { name: 'order.returned', version: 1 }),
      anOrder('o-4', { version: 1 }),
      anOrder('o-5', { version: 3 }),
      anOrder('o-6', { total: 'secret' }),
    ])
    const { samples, ...counts } = await checkOf(world)
    expect(counts).toEqual({ entries: 7, undecodable: 1, unknown: 1, notUpcast: 2, invalid: 1 })
    expect(samples.map(({ offset, problem }) => [offset, problem])).toEqual([
      [2n, expect.stringMatching(/JSON/u)],
      [3n, 'no definition of order.returned is at hand'],
      [4n, 'order.created is of version 1, and nothing leads from there to version 2'],
      [5n, 'order.created is of version 3, and nothing leads from there to version 2'],
      [6n, expect.stringMatching(/payload\.after\.total/u)],
    ])
    expect(
      JSON.stringify(samples, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain('secret')
  })

  it('counts what no upcaster leads on from, and what one fails on', async () => {
    const world = await aPlanWorld()
    await world.publish('orders', 0, [
      anOrder('o-1', { version: 1 }),
      anOrder('o-2', { version: 2, total: '1' }),
      anOrder('o-3', { version: 2, total: 'secret' }),
      anOrder('o-4', { version: 2, total: '-1' }),
      anOrder('o-5', { version: 3 }),
      anOrder('o-6', { version: 4 }),
    ])
    const upcasting = defineEvent('order.created', {
      version: 3,
      description: 'A new order was placed',
      topic: OrderCreated.topic,
      payload: { after: z.object({ total: z.number().min(0) }) },
      // Version 2 had its total as text.
      upcast: { 2: ({ after }) => ({ after: { total: Number((after as { total: unknown }).total) } }) },
    })
    const { samples, ...counts } = await checkOf(world, world.source, undefined, createEventRegistry([upcasting]))
    expect(counts).toEqual({ entries: 6, undecodable: 0, unknown: 0, notUpcast: 3, invalid: 1 })
    expect(samples.map(({ offset, problem }) => [offset, problem])).toEqual([
      [0n, 'order.created is of version 1, and nothing leads from there to version 3'],
      [2n, 'order.created: payload.after.total: upcast from version 2: is NaN; JSON would make it null'],
      [3n, expect.stringMatching(/payload\.after\.total/u)],
      [5n, 'order.created is of version 4, and nothing leads from there to version 3'],
    ])
  })

  it('keeps the first ten samples, and counts on', async () => {
    const world = await aPlanWorld()
    await world.publish(
      'orders',
      0,
      Array.from({ length: 25 }, (_, index) => anOrder(`o-${index}`, { version: 1 })),
    )
    const { notUpcast, samples } = await checkOf(world)
    expect(notUpcast).toBe(25)
    expect(samples.map(({ offset }) => offset)).toEqual(Array.from({ length: 10 }, (_, index) => BigInt(index)))
  })

  it('ends with the signal in the middle, and lets go of the stream', async () => {
    const world = await aPlanWorld()
    await world.publish('orders', 0, [anOrder('o-1'), anOrder('o-2')])
    const stop = new AbortController()
    let isReleased = false
    async function* endless(): AsyncGenerator<AuditEntry> {
      try {
        const [entry] = world.auditLog.controls.entries() as [AuditEntry]
        for (let read = 0; ; read += 1) {
          if (read === 5) stop.abort('enough')
          yield entry
        }
      } finally {
        isReleased = true
      }
    }
    await expect(checkOf(world, { ...world.source, read: endless }, stop.signal)).rejects.toBe('enough')
    expect(isReleased).toBe(true)
  })
})
