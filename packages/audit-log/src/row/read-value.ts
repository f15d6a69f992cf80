import { type AuditReading, decodeEnvelope, isLedgerbusError } from '@ledgerbus/core'

/** Longest reason that is stored; one issue a field can make a long list. */
const maxProblemLength = 1_000

/** How a value reads as JSON. Never throws: a record that nobody can read is stored, too. */
export function readValue(value: Uint8Array | null): AuditReading {
  if (value === null) return { status: 'tombstone' }
  try {
    return { status: 'ok', envelope: decodeEnvelope(value), format: 'json' }
  } catch (error) {
    return { status: 'undecodable', problem: problemOf(error).slice(0, maxProblemLength) }
  }
}

/** Without what stands in the value: only our own messages are known to say nothing of that. */
function problemOf(error: unknown): string {
  if (isLedgerbusError(error)) return error.message
  return `reading the value threw ${error instanceof Error ? error.name : typeof error}`
}
