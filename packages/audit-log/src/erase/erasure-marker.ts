import { createHash } from 'node:crypto'
import {
  type AuditEntry,
  type AuditReading,
  canonicalEntryBytes,
  type Coordinates,
  type Erasure,
} from '@ledgerbus/core'

/** What stands for an erased entry: where it was, and what may be said of it. */
export interface ErasureMarker {
  readonly coordinates: Coordinates
  readonly erasure: Erasure
  readonly replayId: string
  readonly ingestedAtMs: number
}

export function markerOf(
  { record, reading, replayId = '', ingestedAtMs }: AuditEntry,
  word: Pick<Erasure, 'reason' | 'by' | 'erasedAtMs'>,
): ErasureMarker {
  const { cluster, topic, partition, offset, timestampMs } = record
  const coordinates = { cluster, topic, partition, offset, timestampMs }
  if (reading.status === 'erased') return { coordinates, replayId, ingestedAtMs, erasure: reading.erasure }
  const sha256 = createHash('sha256').update(canonicalEntryBytes(record, reading.status)).digest('hex')
  return {
    coordinates,
    replayId,
    ingestedAtMs,
    erasure: { was: reading.status, ...eventOf(reading), ...word, sha256 },
  }
}

function eventOf(reading: AuditReading): Pick<Erasure, 'event'> {
  if (reading.status !== 'ok') return {}
  const { eventId, name, version, timestamp, organizationId } = reading.envelope
  return { event: { eventId, name, version, timestamp, ...(organizationId !== undefined && { organizationId }) } }
}
