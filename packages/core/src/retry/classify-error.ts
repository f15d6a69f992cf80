import { isLedgerbusError } from '../errors/ledgerbus-error.ts'

/**
 * `retry`: later it may work. `fatal`: it never will, set the record aside at once. `skip`: done without handling, counted under
 * `classified-as-skip`, or under the rule named. `pause`: not this record is at fault but something all need; its partition stops, and no attempt is spent.
 */
export type ErrorClass = 'retry' | 'fatal' | 'skip' | 'pause' | { readonly skip: string }

/** Codes of errors that the same record will cause again. */
const fatalCodes: ReadonlySet<string> = new Set([
  'EVENT_UNDECODABLE',
  'EVENT_TOO_LARGE',
  'EVENT_TOO_DEEP',
  'EVENT_TOO_MANY_KEYS',
  'EVENT_INVALID',
  'EVENT_VERSION_UNKNOWN',
  'EVENT_UPCAST_FAILED',
  'EVENT_SCHEMA_FAILED',
])

/** The default of `RetryOptions.classify`: an event that cannot be decoded or validated is fatal, everything else is retried. */
export function classifyError(error: unknown): ErrorClass {
  // By code and not by class: the error may come from another installed copy.
  return isLedgerbusError(error) && fatalCodes.has(error.code) ? 'fatal' : 'retry'
}
