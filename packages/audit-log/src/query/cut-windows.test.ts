import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutWindows, type WindowSize } from './cut-windows.ts'
import type { OffsetStretch } from './offset-map.ts'
import type { OffsetWindow } from './offset-window.ts'

const size: WindowSize = { rows: 100, bytes: 1_000 }

function aStretch(overrides: Partial<OffsetStretch> = {}): OffsetStretch {
  return {
    ...{ cluster: 'c', topic: 'orders', partition: 0, rows: 10, bytes: 10 },
    ...{ firstOffset: 0n, lastOffset: 9n, firstMs: 0n, lastMs: 9n },
    ...overrides,
  }
}

/** Some partitions of some topics, their stretches a fixed width apart, in any order; times are any. */
const maps: fc.Arbitrary<readonly OffsetStretch[]> = fc
  .uniqueArray(
    fc.record({
      topic: fc.constantFrom('orders', 'users'),
      partition: fc.integer({ min: 0, max: 3 }),
      number: fc.integer({ min: 0, max: 30 }),
      rows: fc.integer({ min: 1, max: 150 }),
      bytes: fc.integer({ min: 0, max: 1_500 }),
      firstMs: fc.bigInt({ min: -50n, max: 50n }),
      lengthMs: fc.bigInt({ min: 0n, max: 60n }),
    }),
    { maxLength: 60, selector: ({ topic, partition, number }) => `${topic} ${partition} ${number}` },
  )
  .map((members) =>
    members.map(({ number, firstMs, lengthMs, ...facts }) =>
      aStretch({
        ...facts,
        firstOffset: BigInt(number * 100),
        lastOffset: BigInt(number * 100 + 57),
        firstMs,
        lastMs: firstMs + lengthMs,
      }),
    ),
  )

const nameOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic} ${partition}`

function stretchesIn(window: OffsetWindow, map: readonly OffsetStretch[]): readonly OffsetStretch[] {
  return map.filter((stretch) =>
    window.spans.some(
      (span) => nameOf(span) === nameOf(stretch) && stretch.firstOffset >= span.from && stretch.lastOffset < span.below,
    ),
  )
}

describe('windows of a map', () => {
  it('are disjoint, hold everything, and keep each partition in the order of its offsets', () => {
    fc.assert(
      fc.property(maps, (map) => {
        const windows = [...cutWindows(map, size)]
        expect(windows.flatMap((window) => stretchesIn(window, map))).toHaveLength(map.length)
        const ends = new Map<string, bigint>()
        for (const window of windows) {
          expect(new Set(window.spans.map(nameOf)).size).toBe(window.spans.length)
          for (const span of window.spans) {
            expect(span.from).toBeGreaterThanOrEqual(ends.get(nameOf(span)) ?? 0n)
            ends.set(nameOf(span), span.below)
          }
        }
      }),
    )
  })

  it('lie within their times, and none is larger than it may be unless it is one stretch', () => {
    fc.assert(
      fc.property(maps, (map) => {
        for (const window of cutWindows(map, size)) {
          const members = stretchesIn(window, map)
          for (const { firstMs, lastMs } of members) {
            expect(firstMs).toBeGreaterThanOrEqual(window.firstMs)
            expect(lastMs).toBeLessThanOrEqual(window.lastMs)
          }
          const rows = members.reduce((sum, member) => sum + member.rows, 0)
          const bytes = members.reduce((sum, member) => sum + member.bytes, 0)
          if (members.length > 1) expect(rows <= size.rows && bytes <= size.bytes).toBe(true)
        }
      }),
    )
  })

  it('take of the partitions’ next stretches always one that begins earliest', () => {
    fc.assert(
      fc.property(maps, (map) => {
        const waiting = new Map<string, OffsetStretch[]>()
        for (const stretch of map.toSorted((left, right) => (left.firstOffset < right.firstOffset ? -1 : 1))) {
          waiting.set(nameOf(stretch), [...(waiting.get(nameOf(stretch)) ?? []), stretch])
        }
        // Of one stretch each, so that their order is seen.
        for (const window of cutWindows(map, { rows: 0, bytes: 0 })) {
          const [taken] = stretchesIn(window, map)
          const heads = [...waiting.values()].flatMap(([head]) => (head === undefined ? [] : [head.firstMs]))
          expect(taken?.firstMs).toBe(heads.reduce((earliest, ms) => (ms < earliest ? ms : earliest)))
          waiting.get(nameOf(taken as OffsetStretch))?.shift()
        }
      }),
    )
  })

  it('are none of an empty map', () => {
    expect([...cutWindows([], size)]).toEqual([])
  })
})
