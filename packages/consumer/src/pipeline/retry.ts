import {
  type Clock,
  type ConsumerRecord,
  decideRetry,
  type Envelope,
  type Logger,
  type Random,
  type ReplayMarks,
  type RetryPlace,
} from '@ledgerbus/core'
import type { Activity } from '../activity/activity.ts'
import { factsOf, type Redact } from '../dead-letter/error-facts.ts'
import type { Turn } from '../lanes/turn.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import type { Attempt, AttemptEnd } from './handle.ts'
import type { Failure } from './record-end.ts'
import { recordFacts } from './record-facts.ts'

/** How a handler ended with a record, after all its attempts. */
export type HandlerEnd =
  | { readonly kind: 'handled' }
  | { readonly kind: 'skipped'; readonly rule: string }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'left' }

export interface RetryTools {
  readonly attempt: (attempt: Attempt, turn: Turn) => MaybePromise<AttemptEnd>
  readonly activity: Activity
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
    end.kind === 'failed' ? tryAgain(work, { startedMs, error: end.error }, turn, tools) : end,
  )
}

function callOnce(work: HandlerWork, number: number, turn: Turn, tools: RetryTools): MaybePromise<AttemptEnd> {
  const { handler, record, replay, groupId } = work
  return tools.attempt({ handler, event: work.nextEvent(), record, replay, attempt: number, groupId }, turn)
}

/** What follows the first failure. */
async function tryAgain(
  work: HandlerWork,
  first: { readonly startedMs: number; readonly error: unknown },
  turn: Turn,
  tools: RetryTools,
): Promise<HandlerEnd> {
  const { handler, record, place, attemptsBefore } = work
  const { clock, activity } = tools
  let { error } = first
  for (let number = attemptsBefore + 1; ; number += 1) {
    activity.tell({ kind: 'attempt-failed', record, handler: handler.name, attempt: number, error })
    const elapsedMs = clock.monotonicMs() - first.startedMs
    const decision = decideRetry(handler.policy, { attempt: number, elapsedMs, error, place }, tools.random)
    const facts = failureFacts(work, number, error, tools.redact)
    switch (decision.kind) {
      case 'skip':
        return { kind: 'skipped', rule: decision.rule }
      case 'dead-letter': {
        const { reason } = decision
        tools.logger.error({ ...facts, reason }, 'handler failed, the record is set aside')
        const failure = { step: 'handle', reason, handlerName: handler.name, attempts: number, error } as const
        return { kind: 'failed', failure }
      }
      case 'retry':
        tools.logger.warn({ ...facts, delayMs: decision.delayMs }, 'handler failed, will retry')
        if (!(await turn.wait(decision.delayMs))) return { kind: 'left' }
    }
    activity.tell({ kind: 'attempt-retried', record, handler: handler.name, attempt: number + 1 })
    const end = await callOnce(work, number + 1, turn, tools)
    if (end.kind !== 'failed') return end
    error = end.error
  }
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
