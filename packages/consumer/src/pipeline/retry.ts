import {
  type Clock,
  type ConsumerRecord,
  decideRetry,
  type Envelope,
  type Logger,
  type Random,
  type ReplayMarks,
  type RetryDecision,
  type RetryPlace,
} from '@ledgerbus/core'
import type { Activity } from '../activity/activity.ts'
import type { Conditions } from '../activity/conditions.ts'
import { factsOf, type Redact } from '../dead-letter/error-facts.ts'
import { isUnknownWhetherHandled } from '../idempotency/attempt-once.ts'
import type { Turn } from '../lanes/turn.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import type { Attempt, AttemptEnd } from './attempt.ts'
import { paused } from './pause.ts'
import type { Failure } from './record-end.ts'
import { recordFacts } from './record-facts.ts'

/** How a handler ended with a record, after all its attempts. */
export type HandlerEnd =
  | { readonly kind: 'handled' }
  | { readonly kind: 'skipped'; readonly rule: string; readonly replayId?: string }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly facts: Readonly<Record<string, unknown>> }
  /** To be moved, and tried again elsewhere. */
  | ({ readonly kind: 'hop' } & Hop)
  | { readonly kind: 'left' }

/** Where a record goes after an attempt that failed, and what is said of it there. */
export interface Hop {
  readonly to: 'delay' | 'parking'
  readonly delayMs: number
  readonly step: Failure['step']
  readonly attempts: number
  readonly error: unknown
}

type FailedEnd = Extract<AttemptEnd, { readonly kind: 'failed' }>

export interface RetryTools {
  readonly attempt: (attempt: Attempt, turn: Turn) => MaybePromise<AttemptEnd>
  /** The turns that do a handler's work on a record, the record's own first. */
  readonly turnsOf: (handler: BoundHandler, turn: Turn) => readonly Turn[]
  readonly activity: Activity
  readonly conditions: Conditions
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly redact: Redact
}

/** One handler's share of one record. */
export interface HandlerWork {
  readonly handler: BoundHandler
  readonly record: ConsumerRecord
  readonly replay: ReplayMarks | undefined
  readonly groupId: string
  readonly place: RetryPlace
  /** Calls of the handler in earlier places: they go on counting. */
  readonly attemptsBefore: number
  /** The event for an attempt: each gets its own, so that none sees what an earlier one changed in it. */
  readonly nextEvent: () => Envelope
}

/** Calls a handler until it is done or its policy says otherwise. The turn's slot is held while the handler runs and given back while it waits. */
export function handleWithRetries(work: HandlerWork, turn: Turn, tools: RetryTools): MaybePromise<HandlerEnd> {
  const startedMs = tools.clock.monotonicMs()
  return andThen(callOnce(work, work.attemptsBefore + 1, turn, tools), (end) =>
    end.kind === 'failed' ? tryAgain(work, end, startedMs, turn, tools) : end,
  )
}

/** One call of the handler, whatever its policy says. @param number of the attempt; the first is 1 */
export function callOnce(work: HandlerWork, number: number, turn: Turn, tools: RetryTools): MaybePromise<AttemptEnd> {
  const { handler, record, replay, groupId } = work
  return tools.attempt({ handler, event: work.nextEvent(), record, replay, attempt: number, groupId }, turn)
}

/** What follows the first failure. */
async function tryAgain(
  work: HandlerWork,
  first: FailedEnd,
  firstStartedMs: number,
  turn: Turn,
  tools: RetryTools,
): Promise<HandlerEnd> {
  const { handler, record } = work
  const { clock, activity } = tools
  let failed = first
  let number = work.attemptsBefore + 1
  let startedMs = firstStartedMs
  for (;;) {
    const { error } = failed
    const step: Failure['step'] = failed.step ?? 'handle'
    activity.tell({ kind: 'attempt-failed', record, handler: handler.name, attempt: number, error })
    const decision = decide(work, number, error, startedMs, tools)
    const facts = failureFacts(work, number, error, tools.redact)
    switch (decision.kind) {
      case 'skip':
        return { kind: 'skipped', rule: decision.rule }
      case 'dead-letter': {
        const { reason } = decision
        const failure = { step, reason, handlerName: handler.name, attempts: number, error }
        return { kind: 'failed', failure, facts }
      }
      case 'hop': {
        const { to, delayMs } = decision
        tools.logger.warn({ ...facts, to, delayMs }, 'handler failed, the record is moved and tried again later')
        return { kind: 'hop', to, delayMs, step, attempts: number, error }
      }
      case 'pause': {
        tools.logger.error(facts, 'handler failed for a reason that is not the record, the partition stands still')
        const pausedAtMs = clock.monotonicMs()
        const end = await callWhilePaused(work, { number, error, startedMs }, turn, tools)
        if (end.kind !== 'failed') return end
        // It spends no attempt, and no time.
        startedMs += clock.monotonicMs() - pausedAtMs
        failed = end
        continue
      }
      case 'retry':
        tools.logger.warn({ ...facts, delayMs: decision.delayMs }, 'handler failed, will retry')
        if (!(await turn.wait(decision.delayMs))) return { kind: 'left' }
    }
    number += 1
    activity.tell({ kind: 'attempt-retried', record, handler: handler.name, attempt: number })
    const end = await callOnce(work, number, turn, tools)
    if (end.kind !== 'failed') return end
    failed = end
  }
}

function decide(
  work: HandlerWork,
  attempt: number,
  error: unknown,
  startedMs: number,
  tools: RetryTools,
): RetryDecision {
  // No failure of the handler, which was not called: no policy is asked, and no attempt spent.
  if (isUnknownWhetherHandled(error)) return { kind: 'pause' }
  const elapsedMs = tools.clock.monotonicMs() - startedMs
  return decideRetry(work.handler.policy, { attempt, elapsedMs, error, place: work.place }, tools.random)
}

/** Calls the handler until its policy says something else than to pause. Nothing else of the partition begins meanwhile. */
async function callWhilePaused(
  work: HandlerWork,
  { number, error, startedMs }: { readonly number: number; readonly error: unknown; readonly startedMs: number },
  turn: Turn,
  tools: RetryTools,
): Promise<AttemptEnd> {
  const { errorClass, message } = factsOf(error, tools.redact)
  const reason = { reason: 'paused-by-handler', message: `${work.handler.name}: ${errorClass}: ${message}` }
  const end = await paused(tools.turnsOf(work.handler, turn), reason, tools, async () => {
    const again = await callOnce(work, number, turn, tools)
    const isStill = again.kind === 'failed' && decide(work, number, again.error, startedMs, tools).kind === 'pause'
    return isStill ? 'still' : again
  })
  return end ?? { kind: 'left' }
}

function failureFacts(
  { handler, record, groupId }: HandlerWork,
  attempt: number,
  error: unknown,
  redact: Redact,
): Readonly<Record<string, unknown>> {
  const { errorClass, code, message } = factsOf(error, redact)
  return { ...recordFacts(record, groupId), handler: handler.name, attempt, errorClass, code, error: message }
}
