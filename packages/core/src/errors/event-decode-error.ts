import { type EventIssue, issueText } from './event-issue.ts'
import { LedgerbusError } from './ledgerbus-error.ts'

/** Why a value could not be read as an envelope. */
export type EventDecodeCode = 'EVENT_UNDECODABLE' | 'EVENT_TOO_LARGE' | 'EVENT_TOO_DEEP' | 'EVENT_TOO_MANY_KEYS'

/** Bytes that are no envelope, with every issue and its path on the wire. The same bytes never decode later. */
export class EventDecodeError extends LedgerbusError {
  declare readonly code: EventDecodeCode
  /** At least one. */
  readonly issues: readonly EventIssue[]

  constructor(
    issues: readonly EventIssue[],
    options: { readonly code?: EventDecodeCode; readonly cause?: unknown } = {},
  ) {
    super(`the value is no event: ${issueText(issues)}`, {
      code: options.code ?? 'EVENT_UNDECODABLE',
      cause: options.cause,
    })
    this.issues = issues
  }
}
