import { type AuditSelection, selectionProblems } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'

const longestList = 10_000
/** A parameter of the server holds 131,072 characters, and each may be escaped. */
const longestText = 20_000
/** So many problems are told; who gave thousands of wrong stretches has made one mistake. */
const mostTold = 20

/** What is too much for one question, each in a sentence. */
function sizeProblems(selection: AuditSelection): readonly string[] {
  const { entityType, entityId, actorType, actorId, organizationId, correlationId } = selection
  const { names, topics, eventIds, excludedEventIds, ranges, statuses } = selection
  const replayId = typeof selection.replays === 'object' ? selection.replays.id : undefined
  const texts = { entityType, entityId, actorType, actorId, organizationId, correlationId, 'replays.id': replayId }
  return [
    ...Object.entries(texts)
      .filter(([, text]) => (text?.length ?? 0) > longestText)
      .map(([name]) => `${name} must have at most ${longestText} characters`),
    ...Object.entries({ names, topics, eventIds, excludedEventIds, ranges, statuses })
      .filter(([, list]) => (list?.length ?? 0) > longestList)
      .map(([name, list]) => `${name} has ${list?.length} members, at most ${longestList} can be asked at once`),
  ]
}

/** @throws AuditLogError `AUDIT_SELECTION_INVALID` with every problem */
export function checkSelection(selection: AuditSelection): void {
  const problems = [...selectionProblems(selection), ...sizeProblems(selection)]
  if (problems.length === 0) return
  throw new AuditLogError(`the selection cannot be asked: ${problems.slice(0, mostTold).join('; ')}`, {
    code: 'AUDIT_SELECTION_INVALID',
  })
}
