import type { IdempotencyStore, Logger } from '@ledgerbus/core'
import { ConsumerError } from '../consumer-error.ts'
import type { Turn } from '../lanes/turn.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { Attempt, AttemptEnd } from '../pipeline/attempt.ts'
import { recordFacts } from '../pipeline/record-facts.ts'
import { idempotencyKey } from './idempotency-key.ts'

/** The rule under which a record is skipped whose event was handled before. */
const handledBeforeRule = 'handled-before'

export interface AttemptOnceOptions {
  readonly store: IdempotencyStore
  /** How long a claim stands, in milliseconds. */
  readonly holdMs: number
  readonly logger: Logger
}

const busyWaitMs = 1_000

/** Attempts what was not handled before, and remembers it when it succeeds. Never rejects. */
export async function attemptOnce(
  attempt: Attempt,
  turn: Turn,
  call: () => MaybePromise<AttemptEnd>,
  { store, holdMs, logger }: AttemptOnceOptions,
): Promise<AttemptEnd> {
  const { groupId, handler, event, replay, record } = attempt
  const { over } = turn.ownership
  const key = idempotencyKey({ groupId, handlerName: handler.name, eventId: event.eventId, replay, record })
  const facts = { ...recordFacts(record, groupId), handler: handler.name }
  try {
    for (let claim = await store.claim(key, holdMs, { signal: over }); claim !== 'claimed'; ) {
      if (claim === 'done') return { kind: 'skipped', rule: handledBeforeRule }
      if (!(await turn.wait(busyWaitMs))) return { kind: 'left' }
      claim = await store.claim(key, holdMs, { signal: over })
    }
  } catch (cause) {
    if (turn.ownership.isOver()) return { kind: 'left' }
    // Whether it was handled is not known: it is neither handled again nor passed over.
    const message = 'the idempotency store did not say whether the event was handled; look at the store'
    return {
      kind: 'failed',
      error: new ConsumerError(message, { code: 'CONSUMER_IDEMPOTENCY_UNKNOWN', retriable: true, cause }),
    }
  }
  const end = await call()
  const isDone = end.kind === 'handled' || end.kind === 'skipped'
  try {
    await (isDone ? store.complete(key, { signal: over }) : store.release(key, { signal: over }))
  } catch (error) {
    // The claim stands until its time is over; what was handled may then be handled again, should it come again.
    logger.warn({ ...facts, error }, 'the idempotency store did not take the end of an attempt')
  }
  return end
}

/** Whether an attempt ended before the handler was called, because the store said nothing. */
export function isUnknownWhetherHandled(error: unknown): boolean {
  return error instanceof ConsumerError && error.code === 'CONSUMER_IDEMPOTENCY_UNKNOWN'
}
