import {
  type AuditEntry,
  type AuditReading,
  type ConsumerRecord,
  decodeEnvelope,
  isLedgerbusError,
  isMarked,
  readReplayMarks,
} from '@ledgerbus/core'

/** A record as the sink would have logged it at the moment Kafka took it. */
export function entryOfRecord(record: ConsumerRecord): AuditEntry {
  const replayId = isMarked(record) ? readReplayMarks(record.headers)?.replayId : undefined
  return {
    record,
    reading: readingOf(record.value),
    ...(replayId !== undefined && { replayId }),
    ingestedAtMs: Number(record.timestampMs),
  }
}

const frameBytes = 5

/** Whether a value is in the wire format of a schema registry: a zero byte, the id of a schema in four, the encoded value. No JSON text begins so. */
export function isFramed(value: Uint8Array | null): value is Uint8Array {
  return value !== null && value.length >= frameBytes && value[0] === 0
}

function readingOf(value: Uint8Array | null): AuditReading {
  if (value === null) return { status: 'tombstone' }
  if (isFramed(value)) return { status: 'undecodable', problem: framedProblem(value) }
  try {
    return { status: 'ok', envelope: decodeEnvelope(value), format: 'json' }
  } catch (error) {
    if (!isLedgerbusError(error)) throw error
    return { status: 'undecodable', problem: error.message }
  }
}

function framedProblem(value: Uint8Array): string {
  const schemaId = new DataView(value.buffer, value.byteOffset, value.byteLength).getInt32(1)
  return `the value is encoded by schema ${schemaId} of a schema registry, which a replay that reads from Kafka does not ask; the audit log holds what such values mean`
}
