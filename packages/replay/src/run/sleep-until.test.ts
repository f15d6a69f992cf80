import type { Clock } from '@ledgerbus/core'
import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { sleepUntil } from './sleep-until.ts'

describe('sleeping until a moment', () => {
  it('ends at it also with timers that fire early', async () => {
    const clock = createFakeClock()
    const hasty: Clock = { ...clock, sleep: (ms, options) => clock.sleep(Math.ceil(ms / 2), options) }
    let wokeAtMs: number | undefined
    const sleeping = sleepUntil(hasty, 100, {}).then(() => {
      wokeAtMs = clock.monotonicMs()
    })

    await clock.advance(200)
    await sleeping

    expect(wokeAtMs).toBe(100)
  })

  it('does not sleep for a moment that is past', async () => {
    const clock = createFakeClock()
    await clock.advance(100)

    await sleepUntil(clock, 100, {})

    expect(clock.waiting).toBe(0)
  })

  it('ends with the signal', async () => {
    const clock = createFakeClock()
    const abort = new AbortController()
    const sleeping = sleepUntil(clock, 100, { signal: abort.signal })
    abort.abort(new Error('enough'))

    await expect(sleeping).rejects.toThrow('enough')
    expect(clock.waiting).toBe(0)
  })
})
