import { describe, expect, it } from 'vitest'
import { systemClock } from '../defaults/system-clock.ts'
import type { Clock } from '../ports/clock.ts'
import { createPace } from './pace.ts'

/** A clock whose one sleeper is woken by moving the time; `core` may not know the fake clock of `testkit`. */
function handClock(): Clock & { advance(ms: number): Promise<void>; readonly asleep: number } {
  let nowMs = 0
  const sleepers = new Map<() => void, number>()

  return {
    ...systemClock,
    monotonicMs: () => nowMs,
    sleep: (ms, { signal } = {}) =>
      new Promise((resolve, reject) => {
        const wake = (): void => {
          sleepers.delete(wake)
          resolve()
        }
        sleepers.set(wake, nowMs + ms)
        signal?.addEventListener('abort', () => {
          sleepers.delete(wake)
          reject(signal.reason)
        })
      }),
    async advance(ms) {
      const untilMs = nowMs + ms
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve))
        const [next] = [...sleepers].toSorted(([, a], [, b]) => a - b)
        if (next === undefined || next[1] > untilMs) break
        nowMs = next[1]
        next[0]()
      }
      nowMs = untilMs
    },
    get asleep() {
      return sleepers.size
    },
  }
}

describe('pace', () => {
  it('lets everything through where no rate is asked for', async () => {
    const clock = handClock()
    const pace = createPace(undefined, clock)
    await pace.take(1_000_000)
    expect(pace.burst).toBe(Number.POSITIVE_INFINITY)
    expect(clock.asleep).toBe(0)
  })

  it('takes a fifth of a second at once, and one record where the rate is lower', () => {
    const clock = handClock()
    expect(createPace(1_000, clock).burst).toBe(200)
    expect(createPace(0.5, clock).burst).toBe(1)
  })

  it.each([0.5, 3, 10, 1_000])('keeps %d a second over a minute', async (rate) => {
    const clock = handClock()
    const pace = createPace(rate, clock)
    const over = new AbortController()
    let taken = 0
    const taking = (async () => {
      while (!over.signal.aborted) {
        await pace.take(pace.burst, over)
        taken += pace.burst
      }
    })()
    await clock.advance(60_000)
    over.abort('over')
    await expect(taking).rejects.toBe('over')
    // The bucket was full at the beginning, and one wait was still open at the end.
    expect(taken).toBeGreaterThanOrEqual(60 * rate)
    expect(taken).toBeLessThanOrEqual(60 * rate + 2 * pace.burst)
  })

  it('does not make up for a pause with a flood', async () => {
    const clock = handClock()
    const pace = createPace(10, clock)
    await pace.take(2)
    await clock.advance(60_000)
    await pace.take(2)
    const third = pace.take(2)
    expect(clock.asleep).toBe(1)
    await clock.advance(200)
    await third
  })

  it('ends its wait with the signal', async () => {
    const clock = handClock()
    const pace = createPace(1, clock)
    const abort = new AbortController()
    await pace.take(1)
    const waiting = pace.take(1, { signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect(clock.asleep).toBe(0)
  })
})
