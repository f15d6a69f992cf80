import { type ErrorFacts, LedgerbusError } from '@ledgerbus/core'

/** Why a consumer cannot be started, or why a handler was aborted. */
export type ConsumerErrorCode =
  | 'CONSUMER_ALREADY_STARTED'
  | 'CONSUMER_CLOSED'
  | 'CONSUMER_DRAIN_TIMED_OUT'
  | 'CONSUMER_EVENT_UNKNOWN'
  | 'CONSUMER_HANDLER_TIMED_OUT'
  | 'CONSUMER_HANDLER_UNKNOWN'
  | 'CONSUMER_HEAD_DEAD'
  | 'CONSUMER_IDEMPOTENCY_UNKNOWN'
  | 'CONSUMER_MIDDLEWARE_MISUSED'
  | 'CONSUMER_PARTITION_LOST'

/** A consumer that cannot start, or not any more; also the reason handlers find in their signal. */
export class ConsumerError extends LedgerbusError {
  declare readonly code: ConsumerErrorCode

  constructor(message: string, facts: ErrorFacts & { readonly code: ConsumerErrorCode }) {
    super(message, facts)
  }
}
