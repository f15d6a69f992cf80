import type { Envelope } from '../envelope/envelope.ts'
import type { AuditReading } from '../ports/audit-reading.ts'

/** What is known of an event also after its entry was erased. */
export type KnownEvent = Pick<Envelope, 'eventId' | 'name' | 'version' | 'timestamp' | 'organizationId'>

/** The event of an entry, or what is left of it; `undefined` where there was none. */
export function knownEventOf(reading: AuditReading): KnownEvent | undefined {
  switch (reading.status) {
    case 'ok':
      return reading.envelope
    case 'erased':
      return reading.erasure.event
    case 'tombstone':
    case 'undecodable':
      return undefined
  }
}
