import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventDecodeError } from '../errors/event-decode-error.ts'
import { EventValidationError } from '../errors/event-validation-error.ts'
import { classifyError } from './classify-error.ts'
import { decideRetry, type FailedAttempt } from './decide-retry.ts'
import { resolveRetryPolicy } from './retry-policy.ts'

const half = { next: () => 0.5 }
const failed = (changes: Partial<FailedAttempt> = {}): FailedAttempt => ({
  attempt: 1,
  elapsedMs: 0,
  error: new Error('the database is away'),
  ...changes,
})

describe('after a failed attempt a record', () => {
  const policy = resolveRetryPolicy({ maxAttempts: 3, initialDelayMs: 200, budgetMs: 1_000 })

  it('is tried again after a wait', () => {
    expect(decideRetry(policy, failed(), half)).toEqual({ kind: 'retry', delayMs: 100 })
    expect(decideRetry(policy, failed({ attempt: 2 }), half)).toEqual({ kind: 'retry', delayMs: 200 })
  })

  it('is set aside when its attempts are used up; maxAttempts counts the first', () => {
    expect(decideRetry(policy, failed({ attempt: 3 }), half)).toEqual({
      kind: 'dead-letter',
      reason: 'attempts-exhausted',
    })
  })

  it('is set aside when its time is used up', () => {
    expect(decideRetry(policy, failed({ elapsedMs: 1_000 }), half)).toEqual({
      kind: 'dead-letter',
      reason: 'budget-exhausted',
    })
  })

  it('waits no longer than its time lasts', () => {
    expect(decideRetry(policy, failed({ elapsedMs: 950 }), half)).toEqual({ kind: 'retry', delayMs: 50 })
  })

  it('is set aside at once when the error is fatal', () => {
    const error = new EventValidationError('order.created', [{ path: 'payload', message: 'is wrong' }])
    expect(decideRetry(policy, failed({ error }), half)).toEqual({ kind: 'dead-letter', reason: 'fatal' })
  })

  it('is skipped by a counted rule when classify says so', () => {
    const skipping = resolveRetryPolicy({ classify: () => 'skip' })
    expect(decideRetry(skipping, failed(), half)).toEqual({ kind: 'skip', rule: 'classified-as-skip' })
  })

  it('is set aside, not lost and not repeated for ever, when classify throws or answers nonsense', () => {
    const cause = new TypeError('error.response is undefined')
    const throwing = resolveRetryPolicy({
      classify: () => {
        throw cause
      },
    })
    expect(decideRetry(throwing, failed(), half)).toEqual({ kind: 'dead-letter', reason: 'classify-failed', cause })
    const nonsense = resolveRetryPolicy({ classify: () => 'later' as 'retry' })
    expect(decideRetry(nonsense, failed(), half)).toMatchObject({ kind: 'dead-letter', reason: 'classify-failed' })
  })

  it('always ends: retried fewer than maxAttempts times and never beyond the budget', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 30_000 }),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(3_000)), {
          minLength: 50,
        }),
        (maxAttempts, budgetMs, steps) => {
          const bounded = resolveRetryPolicy({ maxAttempts, budgetMs })
          let elapsedMs = 0
          let attempt = 1
          for (const [random, handlerMs] of steps) {
            elapsedMs += handlerMs
            const decision = decideRetry(bounded, failed({ attempt, elapsedMs }), { next: () => random })
            if (decision.kind !== 'retry') return
            elapsedMs += decision.delayMs
            expect(elapsedMs).toBeLessThanOrEqual(budgetMs)
            attempt += 1
          }
          expect.unreachable('a record was tried more often than its policy allows')
        },
      ),
    )
  })
})

describe('an error is classified', () => {
  const issues = [{ path: '', message: 'is wrong' }]

  it.each([
    new EventDecodeError(issues),
    new EventDecodeError(issues, { code: 'EVENT_TOO_LARGE' }),
    new EventDecodeError(issues, { code: 'EVENT_TOO_DEEP' }),
    new EventDecodeError(issues, { code: 'EVENT_TOO_MANY_KEYS' }),
    new EventValidationError('order.created', issues),
    new EventValidationError('order.created', issues, { code: 'EVENT_VERSION_UNKNOWN' }),
    new EventValidationError('order.created', issues, { code: 'EVENT_SCHEMA_FAILED' }),
  ])('as fatal when the same record will cause it again: $code', (error) => {
    expect(classifyError(error)).toBe('fatal')
  })

  it('as fatal also when it comes from another installed copy', () => {
    const foreign = Object.assign(new Error('order.created: is wrong'), { code: 'EVENT_INVALID' })
    Object.defineProperty(foreign, Symbol.for('ledgerbus.error'), { value: true })
    expect(classifyError(foreign)).toBe('fatal')
  })

  it.each([new Error('away'), new TypeError('x'), 'text', undefined, null, { code: 'EVENT_INVALID' }])(
    'as worth another try otherwise: %s',
    (error) => {
      expect(classifyError(error)).toBe('retry')
    },
  )
})
