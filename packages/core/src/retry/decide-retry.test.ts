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
    const naming = resolveRetryPolicy({ classify: () => ({ skip: 'order-gone' }) })
    expect(decideRetry(naming, failed(), half)).toEqual({ kind: 'skip', rule: 'order-gone' })
  })

  it('stops its partition when classify says so, also on the last attempt', () => {
    const pausing = resolveRetryPolicy({ classify: () => 'pause' })
    expect(decideRetry(pausing, failed({ attempt: 99 }), half)).toEqual({ kind: 'pause' })
  })

  it('is set aside, not lost and not repeated for ever, when classify throws or answers nonsense', () => {
    const cause = new TypeError('error.response is undefined')
    const throwing = resolveRetryPolicy({
      classify: () => {
        throw cause
      },
    })
    expect(decideRetry(throwing, failed(), half)).toEqual({ kind: 'dead-letter', reason: 'classify-failed', cause })
    for (const answer of ['later', undefined, null, {}, { skip: 7 }, { skip: 'Any Text' }]) {
      const nonsense = resolveRetryPolicy({ classify: () => answer as 'retry' })
      expect(decideRetry(nonsense, failed(), half)).toMatchObject({ kind: 'dead-letter', reason: 'classify-failed' })
    }
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

describe('with delays a record', () => {
  const delaysMs = [30_000, 300_000]
  const unordered = resolveRetryPolicy({ ordering: 'unordered', delaysMs })
  const parking = resolveRetryPolicy({ ordering: 'park-key', delaysMs })

  it('is tried where it stands first, and no wait is one of the delays', () => {
    for (const policy of [unordered, parking]) {
      expect(decideRetry(policy, failed({ attempt: 1 }), half)).toEqual({ kind: 'retry', delayMs: 100 })
      expect(decideRetry(policy, failed({ attempt: 2 }), half)).toEqual({ kind: 'retry', delayMs: 200 })
    }
  })

  it('moves on when its attempts there, or its time there, are used up', () => {
    const hop = { kind: 'hop', to: 'delay', delayMs: 30_000 }
    expect(decideRetry(unordered, failed({ attempt: 3 }), half)).toEqual(hop)
    expect(decideRetry(unordered, failed({ attempt: 1, elapsedMs: 20_000 }), half)).toEqual(hop)
    expect(decideRetry(parking, failed({ attempt: 3 }), half)).toEqual({ ...hop, to: 'parking' })
  })

  it('that is unordered moves from delay to delay, and is set aside after the last', () => {
    const place = 'delayed'
    const next = { kind: 'hop', to: 'delay', delayMs: 300_000 }
    expect(decideRetry(unordered, failed({ attempt: 4, place }), half)).toEqual(next)
    expect(decideRetry(unordered, failed({ attempt: 5, place }), half)).toMatchObject({ kind: 'dead-letter' })
    const longer = resolveRetryPolicy({ ordering: 'unordered', delaysMs, maxAttempts: 7 })
    expect(decideRetry(longer, failed({ attempt: 6, place }), half)).toEqual(next)
  })

  it('that is parked waits in place, so that none behind it comes first', () => {
    const place = 'parked'
    expect(decideRetry(parking, failed({ attempt: 4, place }), half)).toEqual({ kind: 'retry', delayMs: 300_000 })
    expect(decideRetry(parking, failed({ attempt: 1, place }), half)).toEqual({ kind: 'retry', delayMs: 100 })
    expect(decideRetry(parking, failed({ attempt: 5, place }), half)).toMatchObject({ kind: 'dead-letter' })
  })

  it('that was redriven is tried where it stands and set aside again, so that the answer comes soon', () => {
    const place = 'redriven'
    for (const policy of [unordered, parking]) {
      expect(decideRetry(policy, failed({ attempt: 2, place }), half)).toMatchObject({ kind: 'retry' })
      expect(decideRetry(policy, failed({ attempt: 3, place }), half)).toMatchObject({ kind: 'dead-letter' })
    }
    const blocking = resolveRetryPolicy()
    expect(decideRetry(blocking, failed({ attempt: 4, place }), half)).toMatchObject({ kind: 'retry' })
  })

  it('comes to an end in every place, as often as its policy was changed meanwhile, and no delay is shortened', () => {
    const policies = fc
      .record({
        ordering: fc.constantFrom('block-key', 'park-key', 'unordered' as const),
        inlineAttempts: fc.integer({ min: 1, max: 5 }),
        delaysMs: fc.array(fc.integer({ min: 1, max: 604_800_000 }), { minLength: 1, maxLength: 5 }),
        more: fc.nat(3),
        budgetMs: fc.nat(30_000),
      })
      .map(({ ordering, inlineAttempts, delaysMs: delays, more, budgetMs }) =>
        ordering === 'block-key'
          ? resolveRetryPolicy({ budgetMs, maxAttempts: inlineAttempts + more })
          : resolveRetryPolicy({
              ordering,
              inlineAttempts,
              delaysMs: delays,
              budgetMs,
              maxAttempts: inlineAttempts + delays.length + more,
            }),
      )
    fc.assert(
      fc.property(fc.array(policies, { minLength: 1 }), fc.infiniteStream(fc.nat(1_000)), (changing, handlerMs) => {
        let place: FailedAttempt['place'] = 'source'
        let elapsedMs = 0
        for (let attempt = 1; attempt <= 100; attempt += 1) {
          const policy = changing[attempt % changing.length] ?? parking
          elapsedMs += handlerMs.next().value ?? 0
          const decision = decideRetry(policy, failed({ attempt, elapsedMs, place }), half)
          if (decision.kind === 'dead-letter') return
          if (decision.kind === 'hop') {
            expect(policy.ordering).toBe(decision.to === 'delay' ? 'unordered' : 'park-key')
            expect(policy.delaysMs).toContain(decision.delayMs)
            place = decision.to === 'delay' ? 'delayed' : 'parked'
            elapsedMs = 0
          } else {
            expect(decision.kind).toBe('retry')
            elapsedMs += decision.kind === 'retry' ? decision.delayMs : 0
          }
        }
        expect.unreachable('a record was tried more often than any policy allows')
      }),
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
    new EventValidationError('order.created', issues, { code: 'EVENT_UPCAST_FAILED' }),
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
