import {
  type AuditEntry,
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
  type EventRegistry,
  isLedgerbusError,
} from '@ledgerbus/core'
import { isFramed } from '../source/entry-of-record.ts'
import type { EntryProblem } from './entry-problem.ts'
import { eventOfEntry } from './event-of-entry.ts'

/** What `content: 'latest'` makes of an entry. */
export type NewestValue = { readonly kind: 'value'; readonly value: Uint8Array | null } | EntryProblem

/**
 * The event of an entry as its newest version writes it; a tombstone stays one. The one place that decides this: the check of a plan counts what it says, and a run publishes it.
 *
 * It writes JSON. A value in the wire format of a schema registry is refused: its newest version has another schema, and nothing here knows which; JSON in its place would be a value that no
 * consumer of its topic can read.
 */
export function newestValue(entry: AuditEntry, events: EventRegistry): NewestValue {
  if (isOfRegistry(entry)) return framedProblem(entry)
  const made = eventOfEntry(entry, events)
  switch (made.kind) {
    case 'event':
      return written(made.event)
    case 'tombstone':
      return { kind: 'value', value: null }
    case 'problem':
      return made
  }
}

/** Also where its schema could not be asked, and nothing is known but the frame. */
function isOfRegistry({ record, reading }: AuditEntry): boolean {
  return reading.status === 'ok' ? reading.format !== 'json' : isFramed(record.value)
}

function framedProblem({ reading }: AuditEntry): EntryProblem {
  const format = reading.status === 'ok' ? ` (${reading.format})` : ''
  return {
    kind: 'problem',
    step: 'framed',
    code: 'REPLAY_ENTRY_UNREADABLE',
    problem: `the value is in the wire format of a schema registry${format}; its newest version would need another schema, which a replay does not know: publish it as it is stored`,
  }
}

function written(event: Envelope): NewestValue {
  try {
    const value = encodeEnvelope(event)
    // What an upcaster or a default added may be more than an event can hold; whoever gets it would set it aside.
    decodeEnvelope(value)
    return { kind: 'value', value }
  } catch (error) {
    if (!isLedgerbusError(error)) throw error
    return {
      kind: 'problem',
      step: 'invalid',
      code: error.code,
      problem: `its newest version cannot be written: ${error.message}`,
    }
  }
}
