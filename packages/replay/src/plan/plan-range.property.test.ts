import { type AuditEntry, replayHeaders } from '@ledgerbus/core'
import { builderTimeMs } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anOrder, aPlanWorld, events } from '../../test/plan-world.ts'
import { firstPosition } from '../source/replay-source.ts'
import { decodePlan, encodePlan } from './plan-codec.ts'
import type { ReplayOrder } from './replay-plan.ts'

const startMs = Number(builderTimeMs)

interface Published {
  readonly partition: number
  /** Kafka's time, which is no order of offsets: producers' clocks disagree. */
  readonly atMs: number
  readonly isReplayed: boolean
}

const published: fc.Arbitrary<Published> = fc.record({
  partition: fc.nat({ max: 2 }),
  atMs: fc.integer({ min: startMs, max: startMs + 20 }),
  isReplayed: fc.boolean(),
})

const marks = replayHeaders({
  replayId: 'r-1',
  sequence: 0,
  mode: 'rehandle',
  of: { topic: 'orders', partition: 0, offset: 0n },
  originalTimestampMs: 0n,
})

function placeOf({ record }: Pick<AuditEntry, 'record'>): string {
  return `${record.partition}/${record.offset}`
}

describe('range of a plan', () => {
  it('is read as it was counted, in either order, whatever is published afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(published, { maxLength: 30 }),
        fc.array(published, { maxLength: 10 }),
        fc.integer({ min: startMs, max: startMs + 10 }),
        fc.integer({ min: 1, max: 15 }),
        fc.constantFrom<ReplayOrder>('key', 'time'),
        async (before, after, fromMs, lengthMs, order) => {
          const world = await aPlanWorld()
          const publish = async ({ partition, atMs, isReplayed }: Published): Promise<string> => {
            const record = anOrder('o-1', { timestampMs: BigInt(atMs) })
            await world.publish('orders', partition, [isReplayed ? { ...record, headers: marks } : record])
            return `${partition}/${world.broker.controls.records('orders', { partition }).length - 1}`
          }
          const expected: string[] = []
          for (const one of before) {
            const place = await publish(one)
            if (!one.isReplayed && one.atMs >= fromMs && one.atMs < fromMs + lengthMs) expected.push(place)
          }
          const range = { fromMs, toMs: fromMs + lengthMs, timeField: 'kafka' } as const
          const plan = decodePlan(encodePlan(await world.plan({ ...range, order }, { events })))
          for (const one of after) await publish(one)

          const read: AuditEntry[] = []
          for await (const entry of world.source.read(plan.selection, firstPosition(order))) read.push(entry)
          expect(plan.summary.entries).toBe(expected.length)
          expect(plan.check?.entries).toBe(expected.length)
          expect(read.map(placeOf).toSorted()).toEqual(expected.toSorted())
          expect(isInOrder(read, order)).toBe(true)
        },
      ),
    )
  })
})

function isInOrder(entries: readonly AuditEntry[], order: ReplayOrder): boolean {
  return entries.every(({ record }, index) => {
    const before = entries.slice(0, index).map((entry) => entry.record)
    if (order === 'time') return before.every(({ timestampMs }) => timestampMs <= record.timestampMs)
    return before.every(({ partition, offset }) => partition !== record.partition || offset < record.offset)
  })
}
