import { type AuditReading, decodeEnvelope, isLedgerbusError } from '@ledgerbus/core'
import type { DecodedValue } from './decode-value.ts'

/** What is known of a framed value beforehand: its JSON, or why there is none. */
export type Predecoded = DecodedValue | { readonly problem: string }

const encoder = new TextEncoder()

/** How a value reads. Never throws: a record that nobody can read is stored, too. */
export function readValue(value: Uint8Array | null, predecoded: Predecoded | undefined): AuditReading {
  if (value === null) return { status: 'tombstone' }
  if (predecoded !== undefined && 'problem' in predecoded) return undecodable(predecoded.problem)
  try {
    if (predecoded === undefined) return { status: 'ok', envelope: decodeEnvelope(value), format: 'json' }
    const { json, format } = predecoded
    return { status: 'ok', envelope: decodeEnvelope(encoder.encode(json)), format, decoded: json }
  } catch (error) {
    return undecodable(problemOf(error))
  }
}

/** Why something could not be read, without what stands in it: only our own messages are known to say nothing of that. */
export function problemOf(error: unknown): string {
  if (isLedgerbusError(error)) return error.message
  return `reading the value threw ${error instanceof Error ? error.name : typeof error}`
}

/** Longest reason that is stored; one issue a field can make a long list. */
const maxProblemLength = 1_000

function undecodable(problem: string): AuditReading {
  return { status: 'undecodable', problem: problem.slice(0, maxProblemLength) }
}
