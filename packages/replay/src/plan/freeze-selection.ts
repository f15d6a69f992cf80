import type { AuditSelection } from '@ledgerbus/core'
import type { OpenSelection } from '../source/replay-source.ts'
import type { ReplayRequest } from './replay-request.ts'
import { statusesToReplay } from './replayable-statuses.ts'
import { selectionConditions } from './selection-problems.ts'

/**
 * What a request selects, with nothing left to defaults that could change. A copy: the plan freezes it, and the caller's lists are the caller's. Its statuses are always named:
 * an entry that is erased between plan and run then counts as missing, and does not come as an empty record.
 */
export function openSelectionOf(request: ReplayRequest): OpenSelection {
  const asked = Object.keys(selectionConditions) as (keyof typeof selectionConditions)[]
  const given = asked.filter((condition) => request[condition] !== undefined && !excludesNothing(request, condition))
  const conditions: AuditSelection = structuredClone(
    Object.fromEntries(given.map((condition) => [condition, request[condition]])),
  )
  return {
    ...conditions,
    fromMs: request.fromMs,
    toMs: request.toMs,
    timeField: request.timeField ?? 'event',
    statuses: statusesToReplay(request.statuses),
    replays: conditions.replays ?? 'exclude',
    redrives: request.redrives ?? 'exclude',
  }
}

function excludesNothing({ excludedEventIds }: ReplayRequest, condition: string): boolean {
  return condition === 'excludedEventIds' && excludedEventIds?.length === 0
}
