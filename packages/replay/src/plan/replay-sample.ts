import type { AuditEntry } from '@ledgerbus/core'
import type { ReplaySample } from './replay-plan.ts'

/** An entry without what it holds. */
export function sampleOf({ record, reading }: AuditEntry): ReplaySample {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestampMs: Number(record.timestampMs),
    ...(reading.status === 'ok' && { eventId: reading.envelope.eventId, name: reading.envelope.name }),
  }
}
