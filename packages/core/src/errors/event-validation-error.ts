import { type EventIssue, issueText } from './event-issue.ts'
import { LedgerbusError } from './ledgerbus-error.ts'

/** Why an event does not fit its definition. */
export type EventValidationCode =
  | 'EVENT_INVALID'
  | 'EVENT_VERSION_UNKNOWN'
  | 'EVENT_UPCAST_FAILED'
  | 'EVENT_SCHEMA_FAILED'

/** An event that does not fit its definition, with every issue and its path. The same event never fits later, so trying again is useless. */
export class EventValidationError extends LedgerbusError {
  declare readonly code: EventValidationCode
  readonly eventName: string
  /** At least one. */
  readonly issues: readonly EventIssue[]

  constructor(
    eventName: string,
    issues: readonly EventIssue[],
    options: { readonly code?: EventValidationCode; readonly cause?: unknown } = {},
  ) {
    super(`${eventName}: ${issueText(issues)}`, { code: options.code ?? 'EVENT_INVALID', cause: options.cause })
    this.eventName = eventName
    this.issues = issues
  }
}

/** @param thrown what a schema threw instead of answering, if it did */
export function payloadError(eventName: string, issues: readonly EventIssue[], thrown: unknown): EventValidationError {
  if (thrown === undefined) return new EventValidationError(eventName, issues)
  return new EventValidationError(eventName, issues, { code: 'EVENT_SCHEMA_FAILED', cause: thrown })
}
