import { type ErrorFacts, LedgerbusError } from '@ledgerbus/core'

/** A test could not get what it waited for, or was set up in a way that cannot work. */
export class TestkitError extends LedgerbusError {
  constructor(message: string, facts: ErrorFacts) {
    super(message, facts)
  }
}
