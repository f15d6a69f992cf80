import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from './backoff.ts'
import { resolveRetryPolicy } from './retry-policy.ts'

const always = (value: number) => ({ next: () => value })

describe('the wait after a failed attempt', () => {
  it('has an upper bound that grows by the factor until the longest wait', () => {
    const policy = resolveRetryPolicy({ initialDelayMs: 200, factor: 2, maxDelayMs: 1_000 })
    const bounds = [1, 2, 3, 4, 5].map((attempt) => backoffMs(policy, attempt, always(1)))
    expect(bounds).toEqual([200, 400, 800, 1_000, 1_000])
  })

  it('is anything from nothing to its bound', () => {
    const policy = resolveRetryPolicy()
    expect(backoffMs(policy, 1, always(0))).toBe(0)
    expect(backoffMs(policy, 1, always(0.5))).toBe(100)
  })

  it('is nothing where the first wait is nothing, however many attempts', () => {
    expect(backoffMs(resolveRetryPolicy({ initialDelayMs: 0 }), 1_000_000, always(0.9))).toBe(0)
  })

  it('is always a whole number within its bounds', () => {
    fc.assert(
      fc.property(
        fc.record({
          initialDelayMs: fc.double({ min: 0, max: 86_400_000, noNaN: true }),
          factor: fc.double({ min: 1, max: 1_000, noNaN: true }),
          maxDelayMs: fc.double({ min: 0, max: 86_400_000, noNaN: true }),
        }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (options, attempt, random) => {
          const policy = resolveRetryPolicy(options)
          const delayMs = backoffMs(policy, attempt, always(random))
          expect(Number.isSafeInteger(delayMs)).toBe(true)
          expect(delayMs).toBeGreaterThanOrEqual(0)
          expect(delayMs).toBeLessThanOrEqual(policy.maxDelayMs)
          // Nothing times an infinite factor is no number.
          const grown = policy.initialDelayMs === 0 ? 0 : policy.initialDelayMs * policy.factor ** (attempt - 1)
          expect(delayMs).toBeLessThanOrEqual(grown)
        },
      ),
    )
  })

  it('never has a smaller bound after a later attempt', () => {
    const policy = resolveRetryPolicy({ factor: 1.5 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), (attempt) => {
        expect(backoffMs(policy, attempt + 1, always(0.999))).toBeGreaterThanOrEqual(
          backoffMs(policy, attempt, always(0.999)),
        )
      }),
    )
  })
})
