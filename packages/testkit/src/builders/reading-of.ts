import { type AuditReading, decodeEnvelope, isLedgerbusError } from '@ledgerbus/core'

/** How a value reads as JSON: an event, a tombstone, or undecodable. */
export function readingOf(value: Uint8Array | null): AuditReading {
  if (value === null) return { status: 'tombstone' }
  try {
    return { status: 'ok', envelope: decodeEnvelope(value), format: 'json' }
  } catch (error) {
    if (!isLedgerbusError(error)) throw error
    return { status: 'undecodable', problem: error.message }
  }
}
