import { describe, expect, it } from 'vitest'
import { systemClock } from '../defaults/system-clock.ts'
import type { Clock } from '../ports/clock.ts'
import { settledWithin } from './settled-within.ts'

/** A clock whose sleeps end when told, and which counts those still open. */
function handClock(): Clock & { expire(): void; readonly open: number } {
  const sleeping = new Set<() => void>()
  return {
    ...systemClock,
    sleep: (_ms, { signal } = {}) =>
      new Promise((resolve, reject) => {
        const wake = (): void => {
          sleeping.delete(wake)
          resolve()
        }
        sleeping.add(wake)
        signal?.addEventListener('abort', () => {
          sleeping.delete(wake)
          reject(signal.reason)
        })
      }),
    expire() {
      for (const wake of sleeping) wake()
    },
    get open() {
      return sleeping.size
    },
  }
}

describe('waiting for work up to a deadline', () => {
  it.for([
    ['resolves', () => Promise.resolve()],
    ['rejects', () => Promise.reject(new Error('badly'))],
  ] as const)('is in time when the work %s, and leaves no timer behind', async ([, work]) => {
    const clock = handClock()

    await expect(settledWithin(clock, 100, work())).resolves.toBe(true)
    expect(clock.open).toBe(0)
  })

  it('is late when the deadline comes first', async () => {
    const clock = handClock()
    const waiting = settledWithin(clock, 100, new Promise(() => undefined))

    clock.expire()

    await expect(waiting).resolves.toBe(false)
  })
})
