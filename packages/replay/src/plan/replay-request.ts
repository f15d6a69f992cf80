import type { AuditSelection, ReplayMode } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import type { ReplayContent, ReplayOrder } from './replay-plan.ts'

/**
 * Which entries to publish again, for whom, and why.
 *
 * Without `statuses` everything that stands in the range is replayed byte for byte, tombstones and undecodable records too. What an earlier replay published and what
 * a redrive gave back are left out unless `replays` and `redrives` ask for them.
 */
export interface ReplayRequest extends Omit<AuditSelection, 'fromMs' | 'toMs'> {
  /** Inclusive, in milliseconds since 1970. */
  readonly fromMs: number
  /** Exclusive, in milliseconds since 1970. */
  readonly toMs: number
  /** Consumer groups that handle the replayed records; all others skip them. Without one the plan can be looked at, not run. */
  readonly groups: readonly string[]
  /** Why; travels with every record, at most 500 characters. While it is empty the plan can be looked at, not run. */
  readonly reason: string
  /** Who asks for it, at most 200 characters; stands in the plan. @default nobody */
  readonly by?: string
  /** @default 'log' where the replay has an audit log */
  readonly readFrom?: 'log' | 'kafka'
  /** @default 'key' */
  readonly order?: ReplayOrder
  /** @default 'stored' */
  readonly content?: ReplayContent
  /** The name of one of the replay's `transforms`. @default none */
  readonly transform?: string
  /** How idempotent handlers count it. @default 'copy' for another topic, else 'rehandle' */
  readonly mode?: ReplayMode
  /** Another topic to publish to. @default each entry's own topic */
  readonly target?: string
  /** A plan with more entries can be looked at, not run. @default any number */
  readonly maxEntries?: number
}

const maxReasonCharacters = 500
const maxGroupCharacters = 249
/** The list of groups travels in one header of every record. */
const maxGroups = 50
const lists = ['names', 'topics', 'eventIds', 'statuses'] as const
const unusableInGroup = /[\p{Cc}\s]/u
const controlCharacter = /\p{Cc}/u

/** A Date or a text may look right in a caller without types; guessing what it meant could select another range. */
function boundProblems(request: ReplayRequest): string[] {
  return (['fromMs', 'toMs'] as const).flatMap((bound) => {
    const value: unknown = request[bound]
    if (value === undefined || value === null || Number.isNaN(value)) return [`${bound} is missing`]
    return Number.isFinite(value) ? [] : [`${bound} is no number of milliseconds since 1970`]
  })
}

function groupProblems(groups: unknown): string[] {
  if (!Array.isArray(groups)) return ['groups: a list of the consumer groups that shall handle the replayed records']
  if (groups.length > maxGroups) return [`groups: at most ${maxGroups}, not ${groups.length}`]
  const problems = groups.flatMap((group: unknown) =>
    typeof group === 'string' && group !== '' && group.length <= maxGroupCharacters && !unusableInGroup.test(group)
      ? []
      : [`groups: ${JSON.stringify(group)} is no group name (1 to ${maxGroupCharacters} characters, no white space)`],
  )
  if (new Set(groups).size !== groups.length) problems.push('groups: a group is named twice')
  return problems
}

function reasonProblems(reason: unknown): string[] {
  if (typeof reason !== 'string') return ['reason: a text; it travels with every record']
  if (reason !== '' && reason.trim() === '') return ['reason: say why; it travels with every record']
  if (reason.length > maxReasonCharacters) return [`reason: at most ${maxReasonCharacters} characters`]
  return controlCharacter.test(reason) ? ['reason: no line breaks or control characters'] : []
}

function listProblems(request: ReplayRequest): string[] {
  // An empty list matches nothing; whoever built one by mistake would take the empty plan for the truth.
  return lists.flatMap((list) => {
    const value: unknown = request[list]
    if (value === undefined) return []
    if (!Array.isArray(value)) return [`${list}: a list`]
    return value.length === 0 ? [`${list}: empty; leave it out for all`] : []
  })
}

/**
 * What `plan` checks first, for callers that want to know before they connect anything.
 *
 * @throws ReplayError `REPLAY_BOUNDS_REQUIRED`, `REPLAY_BOUNDS_REVERSED`, `REPLAY_REQUEST_INVALID` (with every problem)
 */
export function checkReplayRequest(request: ReplayRequest): void {
  const wrongBounds = boundProblems(request)
  if (wrongBounds.length > 0) {
    throw new ReplayError(`a replay needs both bounds: ${wrongBounds.join('; ')}`, { code: 'REPLAY_BOUNDS_REQUIRED' })
  }
  if (request.fromMs >= request.toMs) {
    throw new ReplayError('the range is empty or reversed: `from` must lie before `to` (exclusive)', {
      code: 'REPLAY_BOUNDS_REVERSED',
    })
  }
  const problems = [...groupProblems(request.groups), ...reasonProblems(request.reason), ...listProblems(request)]
  if (request.target === '') problems.push('target: a topic name, or leave it out')
  if (problems.length > 0) {
    throw new ReplayError(`replay request: ${problems.join('; ')}`, { code: 'REPLAY_REQUEST_INVALID' })
  }
}
