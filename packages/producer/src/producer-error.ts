import { type ErrorFacts, LedgerbusError } from '@ledgerbus/core'

/** Why a producer could not be started. */
export type ProducerErrorCode = 'PRODUCER_ALREADY_STARTED' | 'PRODUCER_CLOSED'

/** A producer that cannot start, or not any more. */
export class ProducerError extends LedgerbusError {
  declare readonly code: ProducerErrorCode

  constructor(message: string, facts: ErrorFacts & { readonly code: ProducerErrorCode }) {
    super(message, facts)
  }
}
