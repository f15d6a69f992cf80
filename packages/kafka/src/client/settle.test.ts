import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { settle } from './settle.ts'

const never = new Promise<never>(() => undefined)

describe('waiting, but not for ever', () => {
  it('ends with the value or the error, and leaves no timer behind', async () => {
    const clock = createFakeClock()

    expect(await settle(Promise.resolve(7), { clock, withinMs: 100 })).toEqual({ kind: 'value', value: 7 })
    expect(await settle(Promise.reject(new Error('x')), { clock, withinMs: 100 })).toMatchObject({ kind: 'error' })
    expect(clock.waiting).toBe(0)
  })

  it('ends when the time is over', async () => {
    const clock = createFakeClock()
    const settled = settle(never, { clock, withinMs: 100 })

    await clock.advance(100)

    expect(await settled).toEqual({ kind: 'late' })
  })

  it('ends with the reason of an abort, before or during the wait', async () => {
    const clock = createFakeClock()
    const controller = new AbortController()
    const settled = settle(never, { clock, withinMs: 100, signal: controller.signal })

    controller.abort('enough')

    expect(await settled).toEqual({ kind: 'aborted', reason: 'enough' })
    expect(await settle(Promise.resolve(1), { clock, withinMs: 1, signal: controller.signal })).toMatchObject({
      kind: 'aborted',
    })
    expect(clock.waiting).toBe(0)
  })
})
