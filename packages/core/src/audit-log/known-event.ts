import type { Envelope } from '../envelope/envelope.ts'
import type { AuditReading } from '../ports/audit-log.ts'

/** What is known of an event, whatever became of its bytes. */
export type KnownEvent = Pick<Envelope, 'eventId' | 'name' | 'version' | 'timestamp' | 'organizationId'>

/** What is known of the event of an entry, also when it was erased; `undefined` where there was none. */
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
