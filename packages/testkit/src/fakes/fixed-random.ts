import type { Random } from '@ledgerbus/core'

/** The given numbers, over and over: for tests that compute a delay by hand. */
export function createFixedRandom(first: number, ...more: readonly number[]): Random {
  const numbers = [first, ...more]
  let calls = 0
  return {
    next() {
      const number = numbers[calls % numbers.length] ?? first
      calls += 1
      return number
    },
  }
}
