import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../errors/configuration-error.ts'
import { classifyError } from './classify-error.ts'
import { resolveRetryPolicy, type RetryOptions } from './retry-policy.ts'

function problemsOf(options: unknown): readonly string[] {
  try {
    resolveRetryPolicy(options as RetryOptions)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

describe('a retry policy', () => {
  it('calls a handler five times within twenty seconds unless told otherwise', () => {
    expect(resolveRetryPolicy()).toEqual({
      maxAttempts: 5,
      initialDelayMs: 200,
      factor: 2,
      maxDelayMs: 5_000,
      budgetMs: 20_000,
      inlineAttempts: 3,
      delaysMs: [],
      classify: classifyError,
      ordering: 'block-key',
      onHeadDead: 'release',
    })
  })

  it('with delays makes three attempts where the record stands and one after each delay', () => {
    const delaysMs = [30_000, 300_000]
    expect(resolveRetryPolicy({ ordering: 'unordered', delaysMs })).toMatchObject({ maxAttempts: 5, delaysMs })
    expect(resolveRetryPolicy({ ordering: 'park-key', delaysMs, inlineAttempts: 1 })).toMatchObject({ maxAttempts: 3 })
    expect(resolveRetryPolicy({ ordering: 'unordered', delaysMs, maxAttempts: 9 })).toMatchObject({ maxAttempts: 9 })
  })

  it('keeps the delays it was given, whatever becomes of the list', () => {
    const delaysMs = [30_000]
    const policy = resolveRetryPolicy({ ordering: 'unordered', delaysMs })
    delaysMs.push(1)
    expect(policy.delaysMs).toEqual([30_000])
  })

  it.each([
    [{ delaysMs: [1_000] }, "retry.delaysMs: needs ordering 'park-key' or 'unordered'"],
    [{ delaysMs: [1_000], ordering: 'block-key' }, "retry.delaysMs: needs ordering 'park-key' or 'unordered'"],
    [{ ordering: 'park-key' }, "retry.ordering: 'park-key' needs delaysMs"],
    [{ ordering: 'unordered', delaysMs: [] }, "retry.ordering: 'unordered' needs delaysMs"],
    [{ inlineAttempts: 2 }, 'retry.inlineAttempts: needs delaysMs'],
    [{ onHeadDead: 'hold' }, "retry.onHeadDead: needs ordering 'park-key'"],
    [
      { ordering: 'unordered', delaysMs: [1_000], onHeadDead: 'release' },
      "retry.onHeadDead: needs ordering 'park-key'",
    ],
    [{ ordering: 'unordered', delaysMs: [1_000, 2_000], maxAttempts: 4 }, 'retry.maxAttempts: 4 would leave delays'],
    [{ ordering: 'unordered', delaysMs: [0] }, 'retry.delaysMs: must be a list'],
    [{ ordering: 'unordered', delaysMs: [1.5] }, 'retry.delaysMs: must be a list'],
    [{ ordering: 'unordered', delaysMs: [7 * 86_400_000 + 1] }, 'retry.delaysMs: must be a list'],
    [{ ordering: 'unordered', delaysMs: '30s' }, 'retry.delaysMs: must be a list'],
    [{ ordering: 'park', delaysMs: [1] }, "retry.ordering: must be 'block-key' or 'park-key' or 'unordered'"],
    [{ onHeadDead: 'drop' }, "retry.onHeadDead: must be 'release' or 'hold'"],
  ])('refuses what does not go together: %j', (options, problem) => {
    expect(problemsOf(options)).toEqual([expect.stringContaining(problem)])
  })

  it('takes the default field by field, also for undefined', () => {
    const options = { maxAttempts: 1, factor: undefined } as unknown as RetryOptions
    expect(resolveRetryPolicy(options)).toMatchObject({ maxAttempts: 1, factor: 2 })
  })

  it('is frozen', () => {
    expect(Object.isFrozen(resolveRetryPolicy({ maxAttempts: 2 }))).toBe(true)
  })

  it('may wait less at most than at first: the smaller bound holds', () => {
    expect(resolveRetryPolicy({ maxDelayMs: 100 })).toMatchObject({ initialDelayMs: 200, maxDelayMs: 100 })
  })

  it('may be no retry at all', () => {
    expect(problemsOf({ maxAttempts: 1, initialDelayMs: 0, maxDelayMs: 0, budgetMs: 0 })).toEqual([])
  })

  it('reports every problem at once', () => {
    const options = {
      maxAttempts: 0,
      initialDelayMs: -1,
      factor: 0.5,
      maxDelayMs: Number.NaN,
      budgetMs: Number.POSITIVE_INFINITY,
      classify: 'retry',
      retries: 3,
    }
    expect(problemsOf(options)).toEqual([
      'retry.retries: is no option',
      'retry.maxAttempts: must be an integer from 1 to 1000',
      'retry.initialDelayMs: must be a number from 0 to 86400000',
      'retry.factor: must be a number from 1 to 1000',
      'retry.maxDelayMs: must be a number from 0 to 86400000',
      'retry.budgetMs: must be a number from 0 to 86400000',
      'retry.classify: must be a function of the error',
    ])
    expect(problemsOf({ maxAttempts: 2.5 })).toHaveLength(1)
  })
})
