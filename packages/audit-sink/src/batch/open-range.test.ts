import { aConsumerRecord, createInMemoryAuditLog } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOpenRange, type OpenRange } from './open-range.ts'

const log = createInMemoryAuditLog()
const { cluster, topic, partition } = aConsumerRecord()
const limits = { maxRows: 1_000, maxBytes: 1_000_000 }

function openAt(
  first: bigint,
  options: { readonly boundary?: bigint; readonly limits?: typeof limits } = {},
): OpenRange {
  const { boundary } = options
  return createOpenRange(log, { cluster, topic, partition }, options.limits ?? limits, {
    first,
    ...(boundary !== undefined && { boundary }),
  })
}

describe('an open range', () => {
  it('is cut into ranges that touch each other, lose nothing and repeat nothing', () => {
    const step = fc.oneof(
      fc.record({ gap: fc.bigInt(0n, 3n) }),
      fc.record({ skip: fc.bigInt(0n, 5n) }),
      fc.constant('cut' as const),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.option(fc.bigInt(8n, 40n)), (steps, boundary) => {
        const open = openAt(7n, boundary === null ? {} : { boundary })
        const added: bigint[] = []
        const ranges: { readonly first: bigint; readonly next: bigint; readonly offsets: readonly bigint[] }[] = []
        const cut = (): void => {
          const range = open.cut()
          if (range === undefined) return
          const offsets = Array.from({ length: range.block.records }, (_, index) => range.block.offsetAt(index))
          ranges.push({ first: range.first, next: range.next, offsets })
        }
        for (const one of steps) {
          if (open.isFull) cut()
          if (one === 'cut') {
            // What was recorded is not cut before its end.
            if (open.boundary === undefined) cut()
          } else if ('skip' in one) open.moveTo(open.position + one.skip)
          else {
            const offset = open.position + one.gap
            if (open.boundary !== undefined && offset >= open.boundary) {
              open.moveTo(open.boundary)
              cut()
            }
            open.add(aConsumerRecord({ offset }), 0)
            added.push(offset)
          }
        }
        cut()
        expect([open.records, open.boundary]).toEqual([0, undefined])
        expect(ranges.flatMap(({ offsets }) => offsets)).toEqual(added)
        let before = 7n
        for (const { first, next, offsets } of ranges) {
          expect(first).toBeGreaterThanOrEqual(before)
          for (const offset of offsets) expect(offset >= first && offset < next).toBe(true)
          // The recorded range ends where it was recorded to end, whatever came.
          if (boundary !== null) expect(first < boundary && next > boundary).toBe(false)
          before = next
        }
      }),
    )
  })

  it('is full of records, of bytes, or at its boundary, and never before it has one', () => {
    const rows = openAt(0n, { limits: { maxRows: 2, maxBytes: 1_000_000 } })
    rows.add(aConsumerRecord({ offset: 0n }), 0)
    expect(rows.isFull).toBe(false)
    rows.add(aConsumerRecord({ offset: 1n }), 0)
    expect(rows.isFull).toBe(true)
    const bytes = openAt(0n, { limits: { maxRows: 100, maxBytes: 1 } })
    expect(bytes.isFull).toBe(false)
    bytes.add(aConsumerRecord({ offset: 0n }), 0)
    expect(bytes.isFull).toBe(true)
    const recorded = openAt(0n, { limits: { maxRows: 1, maxBytes: 1 }, boundary: 5n })
    recorded.add(aConsumerRecord({ offset: 0n }), 0)
    recorded.add(aConsumerRecord({ offset: 1n }), 0)
    expect(recorded.isFull).toBe(false)
    recorded.moveTo(9n)
    expect([recorded.isFull, recorded.position]).toEqual([true, 5n])
  })

  it('covers the holes behind the last of its records', () => {
    const open = openAt(0n)
    open.add(aConsumerRecord({ offset: 3n }), 0)
    open.moveTo(9n)
    expect(open.cut()).toMatchObject({ first: 0n, next: 9n })
  })

  it('knows how long the oldest of its records waits, and between which times they are', () => {
    const open = openAt(0n)
    expect(open.oldestAtMs).toBeUndefined()
    for (const [index, timestampMs] of [50n, 10n, 90n].entries()) {
      open.add(aConsumerRecord({ offset: BigInt(index), timestampMs }), 5 + index)
    }
    expect(open.oldestAtMs).toBe(5)
    expect(open.cut()?.times).toEqual({ fromMs: 10n, toMs: 90n })
    expect(open.oldestAtMs).toBeUndefined()
  })
})
