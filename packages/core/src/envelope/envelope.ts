/** What an event is about, or who caused it. */
export interface EventSubject {
  readonly type: string
  readonly id: string
}

/** The three parts of a payload; a definition says which of them an event has and what stands in them. */
export interface EventPayload {
  readonly before?: unknown
  readonly after?: unknown
  readonly extra?: unknown
}

/** What the publisher measured, in milliseconds, and figures of its own. */
export interface EventMetrics {
  readonly processingTimeMs?: number
  readonly dbTimeMs?: number
  readonly apiTimeMs?: number
  readonly queueTimeMs?: number
  readonly customMetrics?: Readonly<Record<string, number>>
}

/** An event with its metadata, as it travels; `envelope-codec.ts` gives it its form on the wire. */
export interface Envelope<Payload extends EventPayload = EventPayload> {
  /** UUID, version 7 when we made it. */
  readonly eventId: string
  readonly name: string
  /** 1 or more. */
  readonly version: number
  /** Shared by all events that followed from one first cause. */
  readonly correlationId: string
  /** The event that caused this one; absent for a first cause. */
  readonly causationId?: string
  /** When it happened: RFC 3339, UTC, milliseconds. */
  readonly timestamp: string
  /** The service that published it. */
  readonly source: string
  readonly organizationId?: string
  readonly entity?: EventSubject
  /** The last word of the name unless the definition says otherwise. */
  readonly action: string
  readonly actor?: EventSubject
  readonly payload: Payload
  readonly metrics?: EventMetrics
  /** The version that was published, where upcasters made a newer one of it. Only in the process: it is never on the wire, nor in the log. */
  readonly publishedVersion?: number
}
