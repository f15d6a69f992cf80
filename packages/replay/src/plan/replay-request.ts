import type { AuditSelection, EventRegistry, ReplayMode } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import type { ReplayTransform } from '../run/replay-transform.ts'
import type { GuardRails } from './guard-rails.ts'
import type { ReplayContent, ReplayOrder } from './replay-plan.ts'
import { selectionConditions, selectionProblems } from './selection-problems.ts'
import { unknownFields } from '../unknown-fields.ts'

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
  /** Who asks for it, at most 200 characters; stands in the plan. Without it the plan can be looked at, not run. @default nobody */
  readonly by?: string
  /** @default 'log' where the replay has an audit log */
  readonly readFrom?: 'log' | 'kafka'
  /** @default 'key' */
  readonly order?: ReplayOrder
  /** @default 'stored' */
  readonly content?: ReplayContent
  /** The name of one of the replay's `transforms`; not with `content: 'latest'`. @default none */
  readonly transform?: string
  /** How idempotent handlers count it. @default 'copy' for another topic, else 'rehandle' */
  readonly mode?: ReplayMode
  /** Another topic to publish to. @default each entry's own topic */
  readonly target?: string
  /** A plan with more entries can be looked at, not run. At most what the replay itself allows. @default what the replay allows */
  readonly maxEntries?: number
  /**
   * Whether each selected entry is read once and held against the definitions at hand. `none` plans faster and knows less; the plan says so. With `content: 'latest'` it cannot be left out: an entry that a
   * run cannot bring to the newest version is passed over, and what follows under its key is published all the same, so it has to be known beforehand.
   * @default 'all'
   */
  readonly check?: 'all' | 'none'
  /** Most records a second, above 0, for a run whose own options give none; tells how long it takes. @default as fast as it goes */
  readonly ratePerSecond?: number
  /** So many times the original speed, above 0, for a run whose own options give none; only with `order: 'time'`. @default no gaps */
  readonly speed?: number
}

/** What a replay has at hand besides its request. */
export interface ReplayMeans extends GuardRails {
  readonly events?: EventRegistry
  readonly transforms?: Readonly<Record<string, ReplayTransform>>
}

const maxReasonCharacters = 500
const maxByCharacters = 200
const maxGroupCharacters = 249
/** The list of groups travels in one header of every record. */
const maxGroups = 50
/** Where calendars end: beyond it no time can be shown. */
const lastMomentMs = 8_640_000_000_000_000
const unusableInGroup = /[\p{Cc}\s]/u
const controlCharacter = /\p{Cc}/u

const ownFields = Object.freeze({
  fromMs: true,
  toMs: true,
  groups: true,
  reason: true,
  by: true,
  readFrom: true,
  order: true,
  content: true,
  transform: true,
  mode: true,
  target: true,
  maxEntries: true,
  check: true,
  ratePerSecond: true,
  speed: true,
} satisfies Record<Exclude<keyof ReplayRequest, keyof typeof selectionConditions>, true>)

const choices = {
  readFrom: ['log', 'kafka'],
  order: ['key', 'time'],
  content: ['stored', 'latest'],
  mode: ['rehandle', 'fill-gaps', 'rebuild', 'copy'],
  check: ['all', 'none'],
} as const satisfies { readonly [Field in keyof ReplayRequest]?: readonly ReplayRequest[Field][] }

/** A Date or a text may look right in a caller without types; guessing what it meant could select another range. */
function boundProblems(request: ReplayRequest): string[] {
  return (['fromMs', 'toMs'] as const).flatMap((bound) => {
    const value: unknown = request[bound]
    if (value === undefined || value === null || Number.isNaN(value)) return [`${bound} is missing`]
    return typeof value === 'number' && Math.abs(value) <= lastMomentMs
      ? []
      : [`${bound} is no number of milliseconds since 1970`]
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

function byProblems(by: unknown): string[] {
  if (by === undefined) return []
  if (typeof by !== 'string') return ['by: a text that names who asks']
  if (by.length > maxByCharacters) return [`by: at most ${maxByCharacters} characters`]
  return controlCharacter.test(by) ? ['by: no line breaks or control characters'] : []
}

function choiceProblems(request: ReplayRequest): string[] {
  return (['readFrom', 'order', 'content', 'mode', 'check'] as const).flatMap((field) => {
    const value: unknown = request[field]
    const known: readonly unknown[] = choices[field]
    return value === undefined || known.includes(value) ? [] : [`${field}: one of ${known.join(', ')}`]
  })
}

function amountProblems(maxEntries: unknown): string[] {
  if (maxEntries === undefined || (Number.isSafeInteger(maxEntries) && Number(maxEntries) > 0)) return []
  return ['maxEntries: a whole number above 0, or leave it out for any number']
}

function paceProblems({ ratePerSecond, speed, order = 'key' }: ReplayRequest): string[] {
  return [
    ...(ratePerSecond === undefined || isAbove0(ratePerSecond) ? [] : ['ratePerSecond: a number above 0']),
    ...(speed === undefined || isAbove0(speed) ? [] : ['speed: a number above 0']),
    ...(speed !== undefined && order === 'key'
      ? ["speed: only with `order: 'time'`, since keys in their order have no common time"]
      : []),
  ]
}

function isAbove0(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}

function checkProblems({ content, check }: ReplayRequest): string[] {
  return content === 'latest' && check === 'none'
    ? ["check: content 'latest' needs it, as what cannot be brought to the newest version is passed over"]
    : []
}

function contentProblems({ content, transform }: ReplayRequest): string[] {
  if (transform === undefined) return []
  if (typeof transform !== 'string' || transform === '')
    return ["transform: the name of one of the replay's transforms"]
  return content === 'latest' ? ['content: latest and a transform exclude each other; either makes the record'] : []
}

function targetProblems(target: unknown): string[] {
  return target === undefined || (typeof target === 'string' && target !== '')
    ? []
    : ['target: a topic name, or leave it out']
}

function meansProblems({ content, transform, maxEntries }: ReplayRequest, means: ReplayMeans): string[] {
  const { events, transforms, maxEntries: most } = means
  const problems: string[] = []
  if (maxEntries !== undefined && most !== undefined && maxEntries > most) {
    problems.push(
      `maxEntries: at most ${most}, as whoever made this replay bounds it, not ${maxEntries}; ask for no more, or have its bound raised`,
    )
  }
  if (content === 'latest' && events === undefined) {
    problems.push('content: latest needs the definitions of the events; give `events` when the replay is made')
  }
  if (typeof transform === 'string' && !Object.hasOwn(transforms ?? {}, transform)) {
    const known = Object.keys(transforms ?? {})
    const names = known.length === 0 ? 'none' : known.join(', ')
    problems.push(`transform: ${JSON.stringify(transform)} is none of the replay's; it has ${names}`)
  }
  return problems
}

/**
 * What `plan` checks first, for callers that want to know before they connect anything.
 *
 * @param means what the replay has at hand; left out, only the request itself is looked at
 * @throws ReplayError `REPLAY_BOUNDS_REQUIRED`, `REPLAY_BOUNDS_REVERSED`, `REPLAY_REQUEST_INVALID` (with every problem)
 */
export function checkReplayRequest(request: ReplayRequest, means?: ReplayMeans): void {
  const wrongBounds = boundProblems(request)
  if (wrongBounds.length > 0) {
    throw new ReplayError(`a replay needs both bounds: ${wrongBounds.join('; ')}`, { code: 'REPLAY_BOUNDS_REQUIRED' })
  }
  if (request.fromMs >= request.toMs) {
    throw new ReplayError('the range is empty or reversed: `from` must lie before `to` (exclusive)', {
      code: 'REPLAY_BOUNDS_REVERSED',
    })
  }
  const problems = [
    ...unknownFields(request, { ...ownFields, ...selectionConditions }),
    ...groupProblems(request.groups),
    ...reasonProblems(request.reason),
    ...byProblems(request.by),
    ...selectionProblems(request),
    ...choiceProblems(request),
    ...targetProblems(request.target),
    ...contentProblems(request),
    ...amountProblems(request.maxEntries),
    ...checkProblems(request),
    ...paceProblems(request),
    ...(means === undefined ? [] : meansProblems(request, means)),
  ]
  if (problems.length > 0) {
    throw new ReplayError(`replay request: ${problems.join('; ')}`, { code: 'REPLAY_REQUEST_INVALID' })
  }
}
