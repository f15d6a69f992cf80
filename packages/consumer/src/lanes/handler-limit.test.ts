import { describe, expect, it } from 'vitest'
import { createHandlerLimit } from './handler-limit.ts'

const never = new AbortController().signal

describe('handler limit', () => {
  it('hands a place to who waits longest', async () => {
    const limit = createHandlerLimit(1)
    const log: string[] = []
    expect(limit.tryTake()).toBe(true)
    expect(limit.tryTake()).toBe(false)
    const first = limit.take(never).then(() => log.push('first'))
    const second = limit.take(never).then(() => log.push('second'))
    limit.give()
    await first
    expect(log).toEqual(['first'])
    limit.give()
    await second
    limit.give()
    expect(limit.tryTake()).toBe(true)
  })

  it('passes over who gave up waiting', async () => {
    const limit = createHandlerLimit(1)
    limit.tryTake()
    const gone = new AbortController()
    const left = limit.take(gone.signal)
    const stays = limit.take(never)
    gone.abort()
    expect(await left).toBe(false)
    expect(await limit.take(gone.signal)).toBe(false)
    limit.give()
    expect(await stays).toBe(true)
  })
})
