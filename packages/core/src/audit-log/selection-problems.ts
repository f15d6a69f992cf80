import { parseEventPattern } from '../definition/event-pattern.ts'
import { isLedgerbusError } from '../errors/ledgerbus-error.ts'
import type { AuditSelection } from '../ports/audit-log.ts'
import { rangeProblems } from './range-problems.ts'

/** What cannot be asked, each in a sentence. An empty text would select what names nothing, and nobody means that. The filter is another matter. */
export function selectionProblems(selection: AuditSelection): readonly string[] {
  const { entityType, entityId, actorType, actorId, organizationId, correlationId, fromMs, toMs, replays } = selection
  const replayId = typeof replays === 'object' ? replays.id : undefined
  const texts = { entityType, entityId, actorType, actorId, organizationId, correlationId, 'replays.id': replayId }
  return [
    ...Object.entries({ fromMs, toMs })
      .filter(([, ms]) => ms !== undefined && !Number.isFinite(ms))
      .map(([name]) => `${name} must be a finite number of milliseconds`),
    ...Object.entries(texts)
      .filter(([, text]) => text === '')
      .map(([name]) => `${name} must not be empty`),
    ...rangeProblems(selection.ranges ?? []),
    ...(selection.names ?? []).flatMap(patternProblems),
  ]
}

function patternProblems(pattern: string): readonly string[] {
  try {
    parseEventPattern(pattern)
    return []
  } catch (error) {
    if (!isLedgerbusError(error)) throw error
    return [error.message]
  }
}
