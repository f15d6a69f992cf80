import type { NextOffset } from '@ledgerbus/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFinishedMap, encodeFinishedMap } from './finished-map.ts'
import { createOffsetTracker, type OffsetTracker } from './offset-tracker.ts'

const next = (offset: bigint) => offset as NextOffset

/** A tracker as its next owner makes it, from what a commit of this one says. */
function restarted(tracker: OffsetTracker, end: bigint): OffsetTracker {
  const committed = tracker.committable()
  // Nothing was read since it was taken over: what was committed before it still stands.
  if (committed === undefined) return tracker
  const map = decodeFinishedMap(encodeFinishedMap(tracker.runs()) ?? '', end - committed)
  expect(map.kind).not.toBe('unreadable')
  return createOffsetTracker({ committed, finished: map.kind === 'map' ? map.runs : [] })
}

describe('offset tracker', () => {
  it('has nothing to commit before the first record', () => {
    expect(createOffsetTracker().committable()).toBeUndefined()
  })

  it('commits nothing past a record that is still being retried', () => {
    const tracker = createOffsetTracker()
    for (const offset of [10n, 11n, 14n]) tracker.received(offset, 0)

    tracker.done(11n)
    tracker.done(14n)

    expect(tracker.committable()).toBe(10n)
  })

  it('passes over holes that never arrive', () => {
    const tracker = createOffsetTracker()
    for (const offset of [10n, 14n]) tracker.received(offset, 0)
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
    expect(tracker.received(3n, 0)).toBe('new')
    expect(tracker.received(3n, 0)).toBe('again')
    tracker.done(3n)
    expect(tracker.received(3n, 0)).toBe('again')
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
          tracker.received(offset, 0)
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

  it('says what is finished ahead of the commit; holes count as finished', () => {
    const tracker = createOffsetTracker()
    for (const offset of [10n, 11n, 14n, 15n, 16n]) tracker.received(offset, 0)
    expect(tracker.runs()).toEqual([2, 2])
    tracker.done(15n)
    tracker.moved(next(20n))
    expect(tracker.runs()).toEqual([2, 2, 1, 1, 1, 3])
    for (const offset of [10n, 11n, 14n, 16n]) tracker.done(offset)
    expect(tracker.runs()).toEqual([])
  })

  it('knows of records that they were finished before the partition was taken over', () => {
    const tracker = createOffsetTracker({ committed: next(10n), finished: [1, 2, 2, 1] })
    const arrivals = [10n, 11n, 12n, 13n, 14n, 15n, 16n].map((offset) => tracker.received(offset, 0))
    expect(arrivals).toEqual(['new', 'restored', 'restored', 'new', 'new', 'restored', 'new'])
    tracker.done(10n)
    expect(tracker.committable()).toBe(13n)
  })

  it('keeps what was finished ahead while it has not been read again', () => {
    const tracker = createOffsetTracker({ committed: next(10n), finished: [2, 3, 5, 1] })
    tracker.received(10n, 0)
    expect(tracker.runs()).toEqual([2, 3, 5, 1])
    tracker.done(10n)
    expect([tracker.committable(), tracker.runs()]).toEqual([11n, [1, 3, 5, 1]])
    tracker.received(11n, 0)
    tracker.done(11n)
    // Nothing between here and what was finished before: the commit goes beyond what is read.
    expect([tracker.committable(), tracker.runs()]).toEqual([15n, [5, 1]])
    expect(tracker.received(12n, 0)).toBe('restored')
    expect(tracker.committable()).toBe(15n)
  })

  it('remembers when the oldest record that is not done was received', () => {
    const tracker = createOffsetTracker()
    expect(tracker.oldestAtMs).toBeUndefined()
    tracker.received(1n, 50)
    tracker.received(2n, 70)
    expect(tracker.oldestAtMs).toBe(50)
    tracker.done(1n)
    expect(tracker.oldestAtMs).toBe(70)
  })

  it('hands on what is finished from owner to owner: no record is done twice, none is passed over, whatever is done when', () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ do: fc.constant('receive' as const), count: fc.integer({ min: 1, max: 9 }) }),
      },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('finish' as const), pick: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('take over' as const) }) },
    )
    const holes = fc.array(fc.boolean(), { minLength: 120, maxLength: 120 })
    fc.assert(
      fc.property(holes, fc.array(step, { maxLength: 150 }), (isHole, steps) => {
        const start = 2n ** 60n
        const log = isHole.flatMap((hole, index) => (hole ? [] : [start + BigInt(index)]))
        const end = start + BigInt(isHole.length)
        const done = new Set<bigint>()
        let tracker = createOffsetTracker()
        let read = 0
        let open: bigint[] = []
        let last = start

        function receive(count: number): void {
          for (const offset of log.slice(read, read + count)) {
            const arrival = tracker.received(offset, 0)
            expect(arrival).toBe(done.has(offset) ? 'restored' : 'new')
            if (arrival === 'new') open.push(offset)
          }
          read = Math.min(read + count, log.length)
          tracker.moved(next(log[read] ?? end))
        }
        function finish(pick: number): void {
          const [offset] = open.splice(pick % Math.max(open.length, 1), 1)
          if (offset === undefined) return
          tracker.done(offset)
          done.add(offset)
        }
        function check(): void {
          const committable = tracker.committable()
          if (committable === undefined) return
          expect(log.filter((offset) => offset < committable && !done.has(offset))).toEqual([])
          expect(committable).toBeGreaterThanOrEqual(last)
          last = committable
        }

        for (const each of steps) {
          if (each.do === 'receive') receive(each.count)
          if (each.do === 'finish') finish(each.pick)
          if (each.do === 'take over') {
            tracker = restarted(tracker, end)
            const from = last
            read = log.findIndex((offset) => offset >= from)
            if (read < 0) read = log.length
            open = []
          }
          check()
        }
        receive(log.length)
        while (open.length > 0) finish(0)
        check()
        expect(done.size).toBe(log.length)
        expect(tracker.committable()).toBe(end)
        expect(tracker.runs()).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('remembers only what is not done, however much is finished behind a stuck record', () => {
    const tracker = createOffsetTracker()
    const count = 300_000n
    tracker.received(0n, 0)
    for (let offset = 1n; offset < count; offset += 1n) {
      tracker.received(offset, 0)
      tracker.done(offset)
    }
    expect(tracker.open).toBe(1)
    expect(tracker.ahead).toBe(Number(count))
    expect(tracker.runs()).toEqual([1, Number(count) - 1])
  }, 2_000)

  it('costs the same for each record, however many are open and finished', () => {
    const tracker = createOffsetTracker()
    const count = 200_000n
    for (let offset = 0n; offset < count; offset += 1n) tracker.received(offset, 0)
    let wrong = 0
    for (let offset = 0n; offset < count; offset += 1n) {
      tracker.done(offset)
      if (tracker.committable() !== offset + 1n) wrong += 1
    }
    expect(wrong).toBe(0)
  }, 2_000)
})
