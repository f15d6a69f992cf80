import type { Envelope, EventPayload } from '../envelope/envelope.ts'

/** What an upcaster may know of the event besides its payload. `version` is the one that was published. */
export type UpcastFacts = Omit<Envelope, 'payload' | 'publishedVersion'>

/**
 * Turns the payload of one version into that of the next. Pure and synchronous: the same payload and facts give the same result, at any time and in any
 * process. What it is given is a frozen copy, unchecked: nobody keeps the schemas of old versions. What the last one returns is checked by the newest
 * schemas, once. It may throw: then the event is set aside.
 */
export type Upcaster = (payload: EventPayload, facts: UpcastFacts) => EventPayload

/** Upcasters by the version that they lead on from, each to the version above it. */
export type Upcasters = Readonly<Record<number, Upcaster>>
