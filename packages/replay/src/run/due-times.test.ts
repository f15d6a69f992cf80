import type { AuditEntry } from '@ledgerbus/core'
import { anAuditEntry, createFakeClock, type FakeClock } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createDueTimes } from './due-times.ts'

/** When the first entry is due, from when it is looked at. */
const firstMs = 200

let clock: FakeClock

beforeEach(() => {
  clock = createFakeClock()
})

function entriesAt(...timesMs: readonly number[]): AuditEntry[] {
  return timesMs.map((timeMs) => anAuditEntry({ timestampMs: BigInt(timeMs) }))
}

describe('due times', () => {
  it('keep the gaps of the originals, divided by the speed, the long ones shortened', () => {
    const inParts = createDueTimes({ speed: 2, maxGapMs: 5_000 }, clock)
    const dues = [...inParts(entriesAt(0, 1_000, 1_500, 60_000))].map(({ dueMs }) => dueMs - firstMs)
    expect(dues).toEqual([0, 500, 750, 5_750])
  })

  it('begin with the first entry, however late it comes', async () => {
    const inParts = createDueTimes({ speed: 1, maxGapMs: 60_000 }, clock)
    await clock.advance(700)
    expect([...inParts(entriesAt(10_000, 10_100))].map(({ dueMs }) => dueMs - firstMs)).toEqual([700, 800])
  })

  it('go on over pages, and do not drift with what a page takes', async () => {
    const inParts = createDueTimes({ speed: 1, maxGapMs: 60_000 }, clock)
    expect([...inParts(entriesAt(0))]).toHaveLength(1)
    await clock.advance(firstMs + 300)
    expect([...inParts(entriesAt(400))].map(({ dueMs }) => dueMs - firstMs)).toEqual([400])
  })

  it('do not drift with what each part takes, either', async () => {
    const timesMs = Array.from({ length: 100 }, (_, index) => index * 50)
    const dues: number[] = []
    for (const { dueMs } of createDueTimes({ speed: 1, maxGapMs: 60_000 }, clock)(entriesAt(...timesMs))) {
      dues.push(dueMs - firstMs)
      await clock.advance(dueMs - clock.monotonicMs() + 17)
    }
    expect(dues).toEqual(timesMs)
  })

  it('let entries go out together that no timer could tell apart', () => {
    const inParts = createDueTimes({ speed: 1, maxGapMs: 60_000 }, clock)
    expect([...inParts(entriesAt(0, 1, 2, 5, 7, 50))].map(({ entries }) => entries.length)).toEqual([3, 2, 1])
  })

  it('let entries go out together that came due while the ones before were under way', async () => {
    const inParts = createDueTimes({ speed: 1, maxGapMs: 60_000 }, clock)
    const parts = inParts(entriesAt(0, 10, 20, 30, 100, 110))[Symbol.iterator]()

    expect(parts.next().value).toMatchObject({ dueMs: firstMs, entries: { length: 1 } })
    await clock.advance(firstMs + 25)
    expect(parts.next().value).toMatchObject({ dueMs: firstMs + 10, entries: { length: 2 } })
    await clock.advance(25)
    expect(parts.next().value).toMatchObject({ dueMs: firstMs + 30, entries: { length: 1 } })
    expect(parts.next().value).toMatchObject({ dueMs: firstMs + 100, entries: { length: 1 } })
  })

  it('do not make up for a standstill by a flood', async () => {
    const inParts = createDueTimes({ speed: 1, maxGapMs: 60_000 }, clock)
    expect([...inParts(entriesAt(0))]).toHaveLength(1)
    await clock.advance(60_000)
    expect([...inParts(entriesAt(1_000, 2_000, 3_000))].map(({ dueMs }) => dueMs)).toEqual([60_000, 61_000, 62_000])
  })

  it('are at once for everything without a speed, and take clocks that run backwards for no gap', () => {
    const atOnce = createDueTimes({ speed: undefined, maxGapMs: 60_000 }, clock)
    expect([...atOnce(entriesAt(0, 90_000))].map(({ entries }) => entries.length)).toEqual([2])
    const inParts = createDueTimes({ speed: 1, maxGapMs: 60_000 }, clock)
    expect([...inParts(entriesAt(5_000, 1_000))].map(({ entries }) => entries.length)).toEqual([2])
  })
})
