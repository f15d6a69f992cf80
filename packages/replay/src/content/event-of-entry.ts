import {
  type AuditEntry,
  type Envelope,
  type EventRegistry,
  isLedgerbusError,
  readsVersion,
  validateEvent,
} from '@ledgerbus/core'
import type { EntryProblem } from './entry-problem.ts'

/** What definitions make of an entry. */
export type EventOfEntry =
  | { readonly kind: 'event'; readonly event: Envelope }
  | { readonly kind: 'tombstone' }
  | EntryProblem

/** The event of an entry in its newest version, validated; or the first step that fails. However its value is encoded: an entry knows how it reads. */
export function eventOfEntry({ reading }: AuditEntry, events: EventRegistry): EventOfEntry {
  if (reading.status === 'tombstone') return { kind: 'tombstone' }
  if (reading.status !== 'ok') return unreadable('undecodable', problemOf(reading))
  const { envelope } = reading
  const definition = events.find(envelope.name)
  if (definition === undefined) return unreadable('unknown', `no definition of ${envelope.name} is at hand`)
  if (!readsVersion(definition, envelope.version)) {
    const problem = `${envelope.name} is of version ${envelope.version}, and nothing leads from there to version ${definition.version}`
    return { kind: 'problem', step: 'notUpcast', code: 'EVENT_VERSION_UNKNOWN', problem }
  }
  try {
    return { kind: 'event', event: validateEvent(definition, envelope) }
  } catch (error) {
    if (!isLedgerbusError(error)) throw error
    const { code, message } = error
    return { kind: 'problem', step: code === 'EVENT_UPCAST_FAILED' ? 'notUpcast' : 'invalid', code, problem: message }
  }
}

function problemOf(reading: Extract<AuditEntry['reading'], { status: 'undecodable' | 'erased' }>): string {
  return reading.status === 'undecodable' ? reading.problem : 'it was erased'
}

function unreadable(step: EntryProblem['step'], problem: string): EntryProblem {
  return { kind: 'problem', step, code: 'REPLAY_ENTRY_UNREADABLE', problem }
}
