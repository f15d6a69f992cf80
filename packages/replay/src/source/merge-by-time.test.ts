import type { AuditEntry } from '@ledgerbus/core'
import { anAuditEntry } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collected } from '../../test/replay-world.ts'
import { mergeByTime, type MergePartition } from './merge-by-time.ts'
import type { PartitionPlace } from './time-cursor.ts'

const topic = 'orders'

/** Partitions of given times, read from given places. */
function partitionsOf(
  times: readonly (readonly number[])[],
  places?: readonly PartitionPlace[],
): readonly MergePartition[] {
  return times.map((ofPartition, partition) => {
    const start = places?.[partition] ?? { topic, partition, next: 0n }
    return {
      start,
      async *read() {
        for (const [offset, time] of ofPartition.entries()) {
          if (BigInt(offset) < start.next) continue
          yield anAuditEntry({ topic, partition, offset: BigInt(offset), timestampMs: BigInt(time) })
        }
      },
    }
  })
}

const placeOf = ({ record }: AuditEntry): string => `${record.partition}/${record.offset}`

describe('a merge by time', () => {
  it('goes on behind any of its entries as if it had not stopped', async () => {
    const times = fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(times, async (given) => {
        const all = await collected(mergeByTime(partitionsOf(given), {}))
        expect(all).toHaveLength(given.flat().length)
        for (const [index, one] of all.entries()) {
          const rest = await collected(mergeByTime(partitionsOf(given, one.places()), {}))
          expect(rest.map(({ entry }) => placeOf(entry))).toEqual(
            all.slice(index + 1).map(({ entry }) => placeOf(entry)),
          )
        }
      }),
    )
  })

  it('knows the places of each entry also after thousands more', async () => {
    const given = [0, 1].map((partition) => Array.from({ length: 3_000 }, (_, index) => index * 2 + partition))
    const all = await collected(mergeByTime(partitionsOf(given), {}))
    const told = all.map((one) => one.places().map(({ next }) => Number(next)))
    expect(told).toEqual(all.map((_, index) => [Math.ceil((index + 1) / 2), Math.floor((index + 1) / 2)]))
  })
})
