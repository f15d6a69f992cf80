/** Marks every error of Ledgerbus, also across two installed copies of this package. */
const mark: unique symbol = Symbol.for('ledgerbus.error')

/** What every error carries besides its message. */
export interface ErrorFacts {
  /** Stable, in capitals; explained in `docs/errors.md`. */
  readonly code: string
  /** `unknown`: the effect may have happened; read back or pause before trying again. @default 'failed' */
  readonly outcome?: 'failed' | 'unknown'
  /** Whether the same call may succeed later with nothing changed. @default false */
  readonly retriable?: boolean
  readonly cause?: unknown
}

/** Base of every error thrown on purpose. Programs read `code`, people read `message`. */
export abstract class LedgerbusError extends Error {
  readonly code: string
  /** `unknown`: the effect may have happened; read back or pause before trying again. */
  readonly outcome: 'failed' | 'unknown'
  /** Whether the same call may succeed later with nothing changed. */
  readonly retriable: boolean

  protected constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = new.target.name
    this.code = facts.code
    this.outcome = facts.outcome ?? 'failed'
    this.retriable = facts.retriable ?? false
    Object.defineProperty(this, mark, { value: true })
  }
}

/** Whether `value` was thrown by Ledgerbus on purpose; true across installed copies. */
export function isLedgerbusError(value: unknown): value is LedgerbusError {
  return typeof value === 'object' && value !== null && mark in value
}
