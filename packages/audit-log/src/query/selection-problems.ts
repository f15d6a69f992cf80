import { type AuditSelection, rangeProblems } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'

const longestList = 10_000
/** A parameter of the server holds 131,072 characters, and each may be escaped. */
const longestText = 20_000
/** So many wrong stretches are named; who gave thousands has made one mistake. */
const mostNamed = 10

/**
 * What cannot be asked, each in a sentence. An empty text is refused because the columns hold it where an event names nothing: it would
 * select all of those.
 */
function selectionProblems(selection: AuditSelection): readonly string[] {
  const { entityType, entityId, actorType, actorId, organizationId, correlationId } = selection
  const texts = { entityType, entityId, actorType, actorId, organizationId, correlationId }
  const { names, topics, eventIds, excludedEventIds, ranges, statuses } = selection
  const replayId = typeof selection.replays === 'object' ? selection.replays.id : undefined
  return [
    ...Object.entries({ fromMs: selection.fromMs, toMs: selection.toMs })
      .filter(([, ms]) => ms !== undefined && !Number.isFinite(ms))
      .map(([name]) => `${name} must be a finite number of milliseconds`),
    ...Object.entries({ ...texts, 'replays.id': replayId })
      .filter(([, text]) => text === '' || (text?.length ?? 0) > longestText)
      .map(([name, text]) => `${name} must ${text === '' ? 'not be empty' : `have at most ${longestText} characters`}`),
    ...Object.entries({ names, topics, eventIds, excludedEventIds, ranges, statuses })
      .filter(([, list]) => (list?.length ?? 0) > longestList)
      .map(([name, list]) => `${name} has ${list?.length} members, at most ${longestList} can be asked at once`),
    ...rangeProblems(ranges ?? []).slice(0, mostNamed),
  ]
}

/** @throws AuditLogError `AUDIT_SELECTION_INVALID` with every problem */
export function checkSelection(selection: AuditSelection): void {
  const problems = selectionProblems(selection)
  if (problems.length === 0) return
  throw new AuditLogError(`the selection cannot be asked: ${problems.join('; ')}`, { code: 'AUDIT_SELECTION_INVALID' })
}
