import { type AuditEntry, type AuditReading, decodeEnvelope, isLedgerbusError, type ValueFormat } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { AuditRow } from './audit-row-codec.ts'
import { decodeErasure } from './erasure-codec.ts'

const encoder = new TextEncoder()

/** An entry of a row: the value is read again from its bytes, which are the truth; the columns beside them only find it. */
export function entryOfRow(row: AuditRow): AuditEntry {
  return {
    record: row.record,
    reading: readingOf(row),
    ...(row.replayId !== '' && { replayId: row.replayId }),
    ingestedAtMs: row.ingestedAtMs,
  }
}

function readingOf(row: AuditRow): AuditReading {
  switch (row.status) {
    case 'ok':
      return readAgain(row)
    case 'tombstone':
      return { status: 'tombstone' }
    case 'undecodable':
      return { status: 'undecodable', problem: row.problem }
    case 'erased':
      return { status: 'erased', erasure: decodeErasure(row.problem, row.record) }
    default:
      throw new AuditLogError(
        `${row.record.topic}/${row.record.partition}/${row.record.offset}: this version does not know the record status ${JSON.stringify(row.status)}; update it`,
        { code: 'AUDIT_ROW_UNREADABLE' },
      )
  }
}

function readAgain(row: AuditRow): AuditReading {
  const format = row.format as ValueFormat
  try {
    if (row.decoded === '')
      return { status: 'ok', envelope: decodeEnvelope(row.record.value ?? new Uint8Array()), format }
    return { status: 'ok', envelope: decodeEnvelope(encoder.encode(row.decoded)), format, decoded: row.decoded }
  } catch (error) {
    if (!isLedgerbusError(error)) throw error
    // Another version of the sink could read what we cannot. The bytes are there all the same.
    return { status: 'undecodable', problem: error.message }
  }
}
