import { type ErrorFacts, LedgerbusError } from '@ledgerbus/core'

/** Why an event was not published, or why nobody knows whether it was. */
export type PublishErrorCode =
  | 'PUBLISH_ABORTED'
  | 'PUBLISH_CLOSED'
  | 'PUBLISH_FAILED'
  | 'PUBLISH_NOT_STARTED'
  | 'PUBLISH_TIMED_OUT'
  | 'PUBLISH_TOO_LARGE'
  | 'PUBLISH_UNKNOWN'

/** Which event it was, and where it was going. */
export interface PublishErrorFacts extends ErrorFacts {
  readonly code: PublishErrorCode
  readonly eventName: string
  readonly eventId?: string | undefined
  readonly topic?: string | undefined
  readonly partition?: number | undefined
}

/**
 * An event that was not published (`outcome` `failed`), or of which nobody knows (`unknown`): then it may stand in Kafka, and publishing it
 * again under the same `eventId` may store it twice.
 */
export class PublishError extends LedgerbusError {
  declare readonly code: PublishErrorCode
  readonly eventName: string
  /** Absent when the call was refused before the event got its id. */
  readonly eventId: string | undefined
  readonly topic: string | undefined
  /** Absent while no partition was chosen. */
  readonly partition: number | undefined

  constructor(message: string, facts: PublishErrorFacts) {
    super(message, facts)
    this.eventName = facts.eventName
    this.eventId = facts.eventId
    this.topic = facts.topic
    this.partition = facts.partition
  }
}

/** What a caller has to know before publishing an event of unknown outcome again. */
export const unknownRemedy: string =
  'it may be stored or not; publish it again with the same eventId, which may store it twice'
