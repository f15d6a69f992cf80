import { createHash } from 'node:crypto'
import {
  type AuditEntry,
  type AuditLogEraser,
  type AuditReading,
  type AuditSelection,
  canonicalEntryBytes,
  type Clock,
  type Erasure,
  eraseOptionsProblems,
  erasureSelectionProblems,
  knownEventOf,
} from '@ledgerbus/core'
import { erasureInvalid } from './audit-log-errors.ts'
import { compareEntries, keyOf } from './entry-order.ts'
import { summarizeEntries } from './summarize-entries.ts'

/** What the in-memory eraser works with. */
export interface InMemoryEraserNeeds {
  readonly stored: Map<string, AuditEntry>
  readonly clock: Clock
  ask(at: 'summarize', signal: AbortSignal | undefined): Promise<void>
  select(selection: AuditSelection): readonly AuditEntry[]
}

const erasable: readonly AuditReading['status'][] = ['ok', 'tombstone', 'undecodable']
const sampleSize = 5

export function createInMemoryEraser({ stored, clock, ask, select }: InMemoryEraserNeeds): AuditLogEraser {
  return {
    async planErasure(selection, { signal } = {}) {
      const problems = erasureSelectionProblems(selection)
      if (problems.length > 0) throw erasureInvalid(problems)
      await ask('summarize', signal)
      const open: AuditSelection = { ...selection, replays: 'include', statuses: erasable }
      const found = [...select(open)].sort((left, right) => compareEntries('oldest', left.record, right.record))
      const {
        keys: _keys,
        keysCounted: _how,
        byDay: _byDay,
        byStatus: _byStatus,
        bounds,
        ...counts
      } = summarizeEntries(found)
      return { selection: { ...open, below: bounds }, ...counts, sample: found.slice(0, sampleSize) }
    },
    async erase(plan, { reason, by, onProgress, signal }) {
      const problems = eraseOptionsProblems({ reason, by })
      if (problems.length > 0) throw erasureInvalid(problems)
      await ask('summarize', signal)
      const found = select(plan.selection)
      for (const entry of found) {
        stored.set(keyOf(entry.record), erasedEntry(entry, { reason, by, erasedAtMs: clock.nowMs() }))
      }
      onProgress?.(found.length)
      return { planned: plan.entries, erased: found.length, removedRows: found.length }
    },
  }
}

function erasedEntry(entry: AuditEntry, word: Pick<Erasure, 'reason' | 'by' | 'erasedAtMs'>): AuditEntry {
  const { record, reading } = entry
  if (reading.status === 'erased') return entry
  const event = knownEventOf(reading)
  return {
    ...entry,
    record: { ...record, key: null, value: null, headers: [] },
    reading: {
      status: 'erased',
      erasure: {
        was: reading.status,
        ...(event !== undefined && {
          event: {
            eventId: event.eventId,
            name: event.name,
            version: event.version,
            timestamp: event.timestamp,
            ...(event.organizationId !== undefined && { organizationId: event.organizationId }),
          },
        }),
        ...word,
        sha256: createHash('sha256').update(canonicalEntryBytes(record, reading.status)).digest('hex'),
      },
    },
  }
}
