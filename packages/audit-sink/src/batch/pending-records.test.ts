import type { NextOffset } from '@ledgerbus/core'
import { aConsumerRecord } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPendingRecords } from './pending-records.ts'

const at = (offset: bigint): NextOffset => offset as NextOffset
const limits = { maxRows: 1_000, maxBytes: 1_000_000 }

describe('pending records', () => {
  it('are cut into ranges that touch each other, lose nothing and repeat nothing', () => {
    const step = fc.oneof(
      fc.record({ gap: fc.bigInt(0n, 3n), size: fc.integer({ min: 0, max: 500 }) }),
      fc.record({ skip: fc.bigInt(0n, 5n) }),
      fc.record({ maxRows: fc.integer({ min: 1, max: 5 }), maxBytes: fc.integer({ min: 1, max: 3_000 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const pending = createPendingRecords(at(7n))
        const added: bigint[] = []
        const ranges: { readonly first: bigint; readonly next: bigint; readonly offsets: readonly bigint[] }[] = []
        const cut = (by: typeof limits): void => {
          const range = pending.cut(by)?.batch.range
          if (range !== undefined)
            ranges.push({
              first: range.first,
              next: range.next,
              offsets: range.records.map(({ record }) => record.offset),
            })
        }
        for (const one of steps) {
          if ('maxRows' in one) cut(one)
          else if ('skip' in one) pending.moveTo(at(pending.position + one.skip))
          else {
            const offset = pending.position + one.gap
            pending.add(aConsumerRecord({ offset, value: new Uint8Array(one.size) }), 0)
            added.push(offset)
          }
        }
        while (pending.count > 0) cut(limits)
        expect(pending.bytes).toBe(0)
        expect(ranges.flatMap(({ offsets }) => offsets)).toEqual(added)
        let before = 7n
        for (const { first, next, offsets } of ranges) {
          expect(first).toBeGreaterThanOrEqual(before)
          for (const offset of offsets) expect(offset >= first && offset < next).toBe(true)
          before = next
        }
      }),
    )
  })

  it('give a range within its limits, or of a single record', () => {
    const pending = createPendingRecords(at(0n))
    let one = 0
    for (let offset = 0n; offset < 5n; offset += 1n) {
      one = pending.add(aConsumerRecord({ offset, value: new Uint8Array(100) }), 0)
    }
    expect(pending.cut({ maxRows: 2, maxBytes: 1_000_000 })?.batch.range.records).toHaveLength(2)
    expect(pending.cut({ maxRows: 9, maxBytes: one * 2 + 1 })?.batch.range.records).toHaveLength(2)
    expect(pending.cut({ maxRows: 9, maxBytes: 1 })?.batch.range.records).toHaveLength(1)
    expect(pending.cut(limits)).toBeUndefined()
  })

  it('cover the holes behind the last of them', () => {
    const pending = createPendingRecords(at(0n))
    pending.add(aConsumerRecord({ offset: 3n }), 0)
    pending.moveTo(at(9n))
    expect(pending.cut(limits)?.batch.range).toMatchObject({ first: 0n, next: 9n })
  })

  it('know how long the oldest of them waits', () => {
    const pending = createPendingRecords(at(0n))
    expect(pending.oldestAtMs).toBeUndefined()
    pending.add(aConsumerRecord({ offset: 0n }), 5)
    pending.add(aConsumerRecord({ offset: 1n }), 8)
    expect(pending.oldestAtMs).toBe(5)
    pending.cut({ maxRows: 1, maxBytes: 1_000_000 })
    expect(pending.oldestAtMs).toBe(8)
  })
})

describe('a range', () => {
  function batchOf(values: readonly (string | null)[]) {
    const pending = createPendingRecords(at(0n))
    for (const [index, value] of values.entries()) pending.add(aConsumerRecord({ offset: BigInt(index * 2), value }), 0)
    const cut = pending.cut(limits)
    if (cut === undefined) throw new Error('there are records')
    return cut.batch
  }

  it('falls into halves that make it up, down to single records', () => {
    const whole = batchOf(['a', 'b', 'c', 'd', 'e'])
    const parts = [whole]
    const singles: bigint[] = []
    let next = 0n
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const halves = part.halves()
      if (halves !== undefined) {
        parts.unshift(...halves)
        continue
      }
      expect(part.range.first).toBe(next)
      next = part.range.next
      singles.push(...part.range.records.map(({ record }) => record.offset))
    }
    expect(singles).toEqual([0n, 2n, 4n, 6n, 8n])
    expect(next).toBe(whole.range.next)
  })

  it('counts what its records turned out to be, and so do its halves', () => {
    const batch = batchOf(['no event', null, null, 'no event'])
    const statuses = batch.range.records.map(({ reading }) => reading.status)
    expect(statuses).toEqual(['undecodable', 'tombstone', 'tombstone', 'undecodable'])
    expect(batch.tally()).toEqual({ records: 4, undecodable: 2, tombstones: 2 })
    expect(batch.halves()?.map((half) => half.tally())).toEqual([
      { records: 2, undecodable: 1, tombstones: 1 },
      { records: 2, undecodable: 1, tombstones: 1 },
    ])
  })
})
