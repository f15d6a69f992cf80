import type { Random } from '../ports/random.ts'
import { backoffMs } from './backoff.ts'
import type { ErrorClass } from './classify-error.ts'
import type { RetryPolicy } from './retry-policy.ts'
import { isSkipRule } from './skip-rule.ts'

/**
 * Where a record stands: in its own topic (`source`), in a topic of the group after a delay (`delayed`), in the one where its key is parked (`parked`), or where
 * dead letters come back (`redriven`).
 */
export type RetryPlace = 'source' | 'delayed' | 'parked' | 'redriven'

/** An attempt that failed. */
export interface FailedAttempt {
  /** Its number; the first is 1. It goes on counting where a record comes to another place. */
  readonly attempt: number
  /** Since the first attempt of this record in this place began, in milliseconds. */
  readonly elapsedMs: number
  readonly error: unknown
  /** @default 'source' */
  readonly place?: RetryPlace
}

/** Why a record is set aside. `classify-failed`: the policy's own `classify` threw or answered nonsense. */
export type DeadLetterReason = 'fatal' | 'attempts-exhausted' | 'budget-exhausted' | 'classify-failed'

/** What becomes of a record whose handler failed. */
export type RetryDecision =
  /** Tried again where it stands. */
  | { readonly kind: 'retry'; readonly delayMs: number }
  /** Moved to a topic of the group, to be tried again there no earlier than in `delayMs`. */
  | { readonly kind: 'hop'; readonly to: 'delay' | 'parking'; readonly delayMs: number }
  | { readonly kind: 'dead-letter'; readonly reason: DeadLetterReason; readonly cause?: unknown }
  | { readonly kind: 'skip'; readonly rule: string }
  /** Its partition stops until it went through; the attempt does not count. */
  | { readonly kind: 'pause' }

/** The rule under which a record is counted that `classify` said to skip, without naming one. */
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
    case 'pause':
      return { kind: 'pause' }
    case 'retry':
      return retry(policy, failed, random)
    default:
      return skipByName(errorClass)
  }
}

/** It comes from the user's code: it may be anything. */
function skipByName(errorClass: { readonly skip: string } | null | undefined): RetryDecision {
  const rule: unknown = typeof errorClass === 'object' && errorClass !== null ? errorClass.skip : undefined
  return isSkipRule(rule) ? { kind: 'skip', rule } : { kind: 'dead-letter', reason: 'classify-failed' }
}

function retry(policy: RetryPolicy, failed: FailedAttempt, random: Random): RetryDecision {
  const { attempt, elapsedMs, place = 'source' } = failed
  const hasDelays = policy.delaysMs.length > 0
  // Whoever gives dead letters back wants to know soon whether that helped.
  const lastAttempt = place === 'redriven' && hasDelays ? policy.inlineAttempts : policy.maxAttempts
  if (attempt >= lastAttempt) return { kind: 'dead-letter', reason: 'attempts-exhausted' }
  const remainingMs = policy.budgetMs - elapsedMs
  if (hasDelays && place !== 'redriven') {
    const isInline = attempt < policy.inlineAttempts && place !== 'delayed'
    if (!isInline || remainingMs <= 0) return later(policy, attempt, place)
  }
  if (remainingMs <= 0) return { kind: 'dead-letter', reason: 'budget-exhausted' }
  // The last try begins within the budget rather than not at all.
  return { kind: 'retry', delayMs: Math.min(backoffMs(policy, attempt, random), remainingMs) }
}

/** After one of the delays: the first one follows the attempts made inline, the last one repeats. */
function later({ delaysMs, inlineAttempts, ordering }: RetryPolicy, attempt: number, place: RetryPlace): RetryDecision {
  const index = Math.min(Math.max(attempt - inlineAttempts, 0), delaysMs.length - 1)
  const delayMs = delaysMs[index] ?? 0
  if (ordering === 'unordered') return { kind: 'hop', to: 'delay', delayMs }
  // What is parked waits in place: in a topic for each delay a record behind it could come first.
  return place === 'parked' ? { kind: 'retry', delayMs } : { kind: 'hop', to: 'parking', delayMs }
}
