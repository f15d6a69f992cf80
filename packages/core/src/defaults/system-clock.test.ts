import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from './system-clock.ts'

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 31, 12) })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells the machine’s time', () => {
    expect(systemClock.nowMs()).toBe(Date.UTC(2026, 0, 31, 12))
  })

  it('measures durations by a time that never runs backwards', () => {
    const before = systemClock.monotonicMs()
    vi.setSystemTime(0)
    vi.advanceTimersByTime(5)
    expect(systemClock.monotonicMs() - before).toBe(5)
  })

  it('sleeps as long as told', async () => {
    const done = vi.fn()
    const sleep = systemClock.sleep(1_000).then(done)
    await vi.advanceTimersByTimeAsync(999)
    expect(done).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(done).toHaveBeenCalledOnce()
    await sleep
  })

  it('sleeps longer than a timer of Node can', async () => {
    const done = vi.fn()
    void systemClock.sleep(2_147_483_647 * 2 + 10).then(done)
    await vi.advanceTimersByTimeAsync(2_147_483_647 * 2 + 9)
    expect(done).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(done).toHaveBeenCalledOnce()
  })

  it('ends a sleep with the reason of the abort, unwrapped, and leaves no timer', async () => {
    const controller = new AbortController()
    const sleep = systemClock.sleep(1_000, { signal: controller.signal })
    const reason = new Error('shutting down')
    controller.abort(reason)
    await expect(sleep).rejects.toBe(reason)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not begin a sleep that is aborted already', async () => {
    await expect(systemClock.sleep(1_000, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no listener on the signal of a sleep that ended', async () => {
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, 'removeEventListener')
    const sleep = systemClock.sleep(10, { signal })
    await vi.advanceTimersByTimeAsync(10)
    await sleep
    expect(removed).toHaveBeenCalledOnce()
  })

  it('calls a scheduled action once', () => {
    const action = vi.fn()
    systemClock.schedule(100, action)
    vi.advanceTimersByTime(1_000)
    expect(action).toHaveBeenCalledOnce()
  })

  it('does not call an action that was cancelled, and cancelling twice does no harm', () => {
    const action = vi.fn()
    const cancel = systemClock.schedule(100, action)
    cancel()
    cancel()
    vi.advanceTimersByTime(1_000)
    expect(action).not.toHaveBeenCalled()
  })

  it('takes a wait below zero for none', async () => {
    const sleep = systemClock.sleep(-5)
    await vi.advanceTimersByTimeAsync(0)
    await expect(sleep).resolves.toBeUndefined()
  })
})
