import { aConsumerRecord, createInMemoryAuditLog } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createOpenRange } from '../batch/open-range.ts'
import { type PartitionMoment, rangeDueInMs } from './range-due.ts'

const log = createInMemoryAuditLog()
const owner = aConsumerRecord()
const limits = { maxRows: 3, maxBytes: 1_000_000, maxAgeMs: 1_000, backlogAgeMs: 10_000, idleAgeMs: 2_000 }

/** Of a range that began at offset 0 and got its records at 100 ms. */
function dueInMs(records: number, moment: Partial<PartitionMoment> = {}, boundary?: bigint): number {
  const open = createOpenRange(log, owner, limits, { first: 0n, ...(boundary !== undefined && { boundary }) })
  for (let offset = 0n; offset < BigInt(records); offset += 1n) open.add(aConsumerRecord({ offset }), 100)
  const now = { end: open.position, backlogEnd: undefined, confirmed: 0n, movedAtMs: 100, nowMs: 100, isHurried: false }
  return rangeDueInMs(open, limits, { ...now, ...moment })
}

describe('an open range', () => {
  it('is due when it is full, at once', () => {
    expect(dueInMs(3)).toBe(0)
  })

  it('waits by what is left in its partition: something, nothing, a backlog', () => {
    expect(dueInMs(1, { end: 2n })).toBe(1_000)
    expect(dueInMs(1)).toBe(2_000)
    expect(dueInMs(1, { end: 5n, backlogEnd: 2n })).toBe(10_000)
    expect(dueInMs(1, { nowMs: 1_500 })).toBe(600)
    expect(dueInMs(1, { nowMs: 9_999 })).toBe(0)
  })

  it('is due at once when it ends a backlog, whatever came since', () => {
    expect(dueInMs(2, { backlogEnd: 2n })).toBe(0)
    expect(dueInMs(2, { end: 3n, backlogEnd: 2n })).toBe(0)
    expect(dueInMs(2, { end: 3n, backlogEnd: 3n })).toBe(10_000)
  })

  it('is due at once when it is hurried, but for one that was recorded', () => {
    expect(dueInMs(1, { isHurried: true })).toBe(0)
    expect(dueInMs(1, { isHurried: true }, 3n)).toBe(Number.POSITIVE_INFINITY)
  })

  it('without a record has only its position to confirm', () => {
    expect(dueInMs(0)).toBe(Number.POSITIVE_INFINITY)
    expect(dueInMs(0, { confirmed: -1n, nowMs: 600 })).toBe(1_500)
    expect(dueInMs(0, { confirmed: -1n, isHurried: true })).toBe(0)
  })
})
