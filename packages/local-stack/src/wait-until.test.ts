import { describe, expect, it } from 'vitest'
import { messageOf, settlesWithin, waitUntil } from './wait-until.ts'

describe('waiting until nothing is missing', () => {
  it('looks again until a look finds nothing missing', async () => {
    const looks = ['no answer', 'loading', undefined]
    expect(await waitUntil(async () => looks.shift(), { timeoutMs: 5_000, intervalMs: 1 })).toBeUndefined()
    expect(looks).toEqual([])
  })

  it('returns what was missing last when the time is over', async () => {
    expect(await waitUntil(async () => 'still loading', { timeoutMs: 30, intervalMs: 1 })).toBe('still loading')
  })

  it('takes a look that throws for one that found nothing', async () => {
    const refused = (): Promise<undefined> => Promise.reject(new Error('connection refused'))
    expect(await waitUntil(refused, { timeoutMs: 30, intervalMs: 1 })).toBe('connection refused')
  })

  it('is ended by the signal, with its reason', async () => {
    const giveUp = new AbortController()
    const waiting = waitUntil(async () => 'loading', { timeoutMs: 60_000, signal: giveUp.signal })
    giveUp.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})

describe('waiting for a promise', () => {
  it('tells whether it settled in time', async () => {
    expect(await settlesWithin(Promise.resolve(), 1_000)).toBe(true)
    expect(await settlesWithin(new Promise(() => undefined), 1)).toBe(false)
  })
})

describe('the message of an error', () => {
  it('includes the causes that carry the reason', () => {
    const error = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
    expect(messageOf(error)).toBe('fetch failed: connect ECONNREFUSED')
  })
})
