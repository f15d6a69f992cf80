import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createPace } from './pace.ts'

describe('pace', () => {
  it('lets everything through where no rate is asked for', async () => {
    const clock = createFakeClock()
    const pace = createPace(undefined, clock)
    await pace.take(1_000_000)
    expect(pace.burst).toBe(Number.POSITIVE_INFINITY)
    expect(clock.waiting).toBe(0)
  })

  it('takes a fifth of a second at once, and one record where the rate is lower', () => {
    const clock = createFakeClock()
    expect(createPace(1_000, clock).burst).toBe(200)
    expect(createPace(0.5, clock).burst).toBe(1)
  })

  it.each([0.5, 3, 10, 1_000])('keeps %d a second over a minute', async (rate) => {
    const clock = createFakeClock()
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
    const clock = createFakeClock()
    const pace = createPace(10, clock)
    await pace.take(2)
    await clock.advance(60_000)
    await pace.take(2)
    const third = pace.take(2)
    expect(clock.waiting).toBe(1)
    await clock.advance(200)
    await third
  })

  it('ends its wait with the signal', async () => {
    const clock = createFakeClock()
    const pace = createPace(1, clock)
    const abort = new AbortController()
    await pace.take(1)
    const waiting = pace.take(1, { signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect(clock.waiting).toBe(0)
  })
})
