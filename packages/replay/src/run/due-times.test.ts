import type { AuditEntry } from '@ledgerbus/core'
import { anAuditEntry, createFakeClock, type FakeClock } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createDueTimes } from './due-times.ts'

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
    const dues = [...inParts(entriesAt(0, 1_000, 1_500, 60_000))].map(({ dueMs }) => dueMs)
    expect(dues).toEqual([0, 500, 750, 5_750])
  })

  it('begin with the first entry, however late it comes', async () => {
    const inParts = createDueTimes({ speed: 1, maxGapMs: 60_000 }, clock)
    await clock.advance(700)
    expect([...inParts(entriesAt(10_000, 10_100))].map(({ dueMs }) => dueMs)).toEqual([700, 800])
  })

  it('go on over pages, and do not drift with what a page takes', async () => {
    const inParts = createDueTimes({ speed: 1, maxGapMs: 60_000 }, clock)
    expect([...inParts(entriesAt(0))]).toHaveLength(1)
    await clock.advance(300)
    expect([...inParts(entriesAt(400))].map(({ dueMs }) => dueMs)).toEqual([400])
  })

  it('let entries that are nearly due together go out together', () => {
    const inParts = createDueTimes({ speed: 1, maxGapMs: 60_000 }, clock)
    expect([...inParts(entriesAt(0, 5, 15, 50))].map(({ entries }) => entries.length)).toEqual([3, 1])
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
