import { aConsumerRecord } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createRecentRecords } from './recent-records.ts'

describe('recent records', () => {
  it('know a record again, and tell it from one at the same offset of a topic that was made again', () => {
    const recent = createRecentRecords(10)
    expect(recent.isNew(aConsumerRecord({ offset: 1n }))).toBe(true)
    expect(recent.isNew(aConsumerRecord({ offset: 1n }))).toBe(false)
    expect(recent.isNew(aConsumerRecord({ offset: 1n, timestampMs: 5n }))).toBe(true)
    expect(recent.isNew(aConsumerRecord({ offset: 1n, partition: 1 }))).toBe(true)
  })

  it('forget the oldest, but never the last half of what they may remember', () => {
    const recent = createRecentRecords(10)
    for (let offset = 0n; offset < 1_000n; offset += 1n) {
      expect(recent.isNew(aConsumerRecord({ offset }))).toBe(true)
      if (offset >= 4n) expect(recent.isNew(aConsumerRecord({ offset: offset - 4n }))).toBe(false)
    }
    expect(recent.isNew(aConsumerRecord({ offset: 0n }))).toBe(true)
  })
})
