import type { AuditEntry } from '../ports/audit-log.ts'
import { knownEventOf } from './known-event.ts'

/** When the event happened; without an event Kafka's time stands in for it. In milliseconds since 1970. */
export function eventTimeMs({ record, reading }: AuditEntry): number {
  const timestamp = knownEventOf(reading)?.timestamp
  return timestamp === undefined ? Number(record.timestampMs) : Date.parse(timestamp)
}
