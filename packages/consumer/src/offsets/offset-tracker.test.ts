import type { NextOffset } from '@ledgerbus/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOffsetTracker } from './offset-tracker.ts'

const next = (offset: bigint) => offset as NextOffset

describe('offset tracker', () => {
  it('has nothing to commit before the first record', () => {
    expect(createOffsetTracker().committable()).toBeUndefined()
  })

  it('commits nothing past a record that is still being retried', () => {
    const tracker = createOffsetTracker()
    for (const offset of [10n, 11n, 14n]) tracker.received(offset)

    tracker.done(11n)
    tracker.done(14n)

    expect(tracker.committable()).toBe(10n)
  })

  it('passes over holes that never arrive', () => {
    const tracker = createOffsetTracker()
    for (const offset of [10n, 14n]) tracker.received(offset)
    tracker.done(10n)
    expect(tracker.committable()).toBe(14n)
    tracker.done(14n)
    tracker.moved(next(20n))
    expect(tracker.committable()).toBe(20n)
  })

  it('follows the position when only control records came', () => {
    const tracker = createOffsetTracker()
    tracker.moved(next(7n))
    expect(tracker.committable()).toBe(7n)
    tracker.moved(next(5n))
    expect(tracker.committable()).toBe(7n)
  })

  it('knows a record that is delivered again', () => {
    const tracker = createOffsetTracker()
    expect(tracker.received(3n)).toBe(true)
    expect(tracker.received(3n)).toBe(false)
    tracker.done(3n)
    expect(tracker.received(3n)).toBe(false)
    expect(tracker.open).toBe(0)
  })

  it('never lets the commit pass an open record or fall back, whatever is done in whatever order', () => {
    const gaps = fc.array(fc.bigInt({ min: 1n, max: 5n }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(gaps, fc.infiniteStream(fc.nat()), (distances, choices) => {
        const tracker = createOffsetTracker()
        const start = 2n ** 60n
        let offset = start
        const open: bigint[] = []
        let last = start
        function check(): void {
          const committable = tracker.committable() ?? start
          const lowest = open.length === 0 ? undefined : open.reduce((one, other) => (one < other ? one : other))
          expect(committable).toBe(lowest ?? offset)
          expect(committable).toBeGreaterThanOrEqual(last)
          expect(tracker.open).toBe(open.length)
          last = committable
        }
        for (const distance of distances) {
          offset += distance - 1n
          tracker.received(offset)
          open.push(offset)
          offset += 1n
          for (let finish = (choices.next().value ?? 0) % 3; finish > 0 && open.length > 0; finish -= 1) {
            const [done = 0n] = open.splice((choices.next().value ?? 0) % open.length, 1)
            tracker.done(done)
          }
          check()
        }
        for (const done of open.splice(0).reverse()) tracker.done(done)
        check()
      }),
    )
  })

  it('costs the same for each record, however many are open and finished', () => {
    const tracker = createOffsetTracker()
    const count = 200_000n
    for (let offset = 0n; offset < count; offset += 1n) tracker.received(offset)
    let wrong = 0
    for (let offset = 0n; offset < count; offset += 1n) {
      tracker.done(offset)
      if (tracker.committable() !== offset + 1n) wrong += 1
    }
    expect(wrong).toBe(0)
  }, 2_000)
})
