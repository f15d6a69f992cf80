import type { AuditEntry, AuditLogReader, AuditTimelineSelection, AuditTimelineStep } from '../ports/audit-log.ts'
import type { WaitOptions } from '../ports/wait-options.ts'
import { valueChanges } from './value-changes.ts'

/** Most changes that a step tells. */
const mostChanges = 1_000

/**
 * The timeline of an entity over any log: what `AuditLogReader.timeline` promises, for those who fulfil the port. Holds one payload at a time.
 */
export async function* timelineOf(
  log: Pick<AuditLogReader, 'read'>,
  selection: AuditTimelineSelection,
  options: WaitOptions,
): AsyncGenerator<AuditTimelineStep, void, undefined> {
  let previous: unknown
  for await (const entry of log.read(selection, { ...options, order: 'oldest' })) {
    const step = stepOf(entry, previous)
    if (entry.reading.status === 'ok') previous = entry.reading.envelope.payload.after ?? previous
    yield step
  }
}

function stepOf(entry: AuditEntry, previous: unknown): AuditTimelineStep {
  if (entry.reading.status !== 'ok') return { entry, changes: [], against: 'nothing', isCut: false }
  const { before, after } = entry.reading.envelope.payload
  if (before === undefined && after === undefined) return { entry, changes: [], against: 'nothing', isCut: false }
  const against = before !== undefined ? 'before' : previous !== undefined ? 'previous' : 'nothing'
  const found = valueChanges(against === 'previous' ? previous : before, after, mostChanges + 1)
  return { entry, changes: found.slice(0, mostChanges), against, isCut: found.length > mostChanges }
}
