import type { Random } from '../ports/random.ts'
import { backoffMs } from './backoff.ts'
import type { ErrorClass } from './classify-error.ts'
import type { RetryPolicy } from './retry-policy.ts'

/** An attempt that failed. */
export interface FailedAttempt {
  /** Its number; the first is 1. */
  readonly attempt: number
  /** Since the first attempt of this record began, in milliseconds. */
  readonly elapsedMs: number
  readonly error: unknown
}

/** Why a record is set aside. `classify-failed`: the policy's own `classify` threw or answered nonsense. */
export type DeadLetterReason = 'fatal' | 'attempts-exhausted' | 'budget-exhausted' | 'classify-failed'

/** What becomes of a record whose handler failed. */
export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'dead-letter'; readonly reason: DeadLetterReason; readonly cause?: unknown }
  | { readonly kind: 'skip'; readonly rule: string }

/** The rule under which a record is counted that `classify` said to skip. */
export const classifiedSkipRule = 'classified-as-skip'

/** Decides what follows a failed attempt. No clock, no effect; `random` gives the jitter. */
export function decideRetry(policy: RetryPolicy, failed: FailedAttempt, random: Random): RetryDecision {
  let errorClass: ErrorClass
  try {
    errorClass = policy.classify(failed.error)
  } catch (cause) {
    // Neither repeating for ever nor dropping is safe; the dead letter keeps the record and says why.
    return { kind: 'dead-letter', reason: 'classify-failed', cause }
  }
  switch (errorClass) {
    case 'skip':
      return { kind: 'skip', rule: classifiedSkipRule }
    case 'fatal':
      return { kind: 'dead-letter', reason: 'fatal' }
    case 'retry':
      return retry(policy, failed, random)
    default:
      return { kind: 'dead-letter', reason: 'classify-failed' }
  }
}

function retry(policy: RetryPolicy, { attempt, elapsedMs }: FailedAttempt, random: Random): RetryDecision {
  if (attempt >= policy.maxAttempts) return { kind: 'dead-letter', reason: 'attempts-exhausted' }
  const remainingMs = policy.budgetMs - elapsedMs
  if (remainingMs <= 0) return { kind: 'dead-letter', reason: 'budget-exhausted' }
  // The last try begins within the budget rather than not at all.
  return { kind: 'retry', delayMs: Math.min(backoffMs(policy, attempt, random), remainingMs) }
}
