import { ConfigurationError } from '@ledgerbus/core'
import { isParkedTopic } from '../letter-topics.ts'
import type { OriginHints } from '../letter/read-dead-letter.ts'
import { RedriveError } from '../redrive-error.ts'
import { compileFilter, type DeadLetterFilter } from '../survey/letter-filter.ts'

/** Where dead letters are looked for. */
export interface DeadLetterSource {
  /** `<topic>.<group>.dlq`, or a dead-letter topic that somebody else writes. */
  readonly deadLetterTopic: string
  /** The topic the records came from, where their headers do not say. */
  readonly sourceTopic?: string
  /** The group that failed, where the headers do not say. */
  readonly groupId?: string
}

/** What can be redriven: what nothing happened to, what was redriven and failed again, and what was discarded. */
export type RedrivableStatus = 'pending' | 'failed-again' | 'discarded'

/** Where redriven records go. */
export type RedriveTarget = 'group' | 'origin' | 'nowhere'

/** Which dead letters to redrive, to where, and why. */
export interface RedriveRequest extends DeadLetterSource, DeadLetterFilter {
  /** `discarded` needs a reason. @default ['pending'], or none with `unanswered` */
  readonly statuses?: readonly RedrivableStatus[]
  /**
   * The id of an earlier run whose letters were never told to have ended, as when the group's redrive topic was deleted: these are redriven too. Any of them may
   * have been handled. Needs a reason. @default none
   */
  readonly unanswered?: string
  /** Most letters, taken partition by partition, the oldest record first. @default 100_000 */
  readonly limit?: number
  /**
   * `group`: to the redrive topic of the group that failed, which no other group reads. `origin`: to the topic the record came from, where every group that
   * reads it sees it again; the topic must be among the `originTopics` of `createRedrive`. `nowhere`: the plan is for discarding alone.
   * @default 'group'
   */
  readonly to?: RedriveTarget
  /** Redrives also what was redriven three times; such letters are parked else. Needs a reason. @default false */
  readonly force?: boolean
  /** Has a record handled also where its event was handled before. @default false */
  readonly again?: boolean
  /** Why; stands in the state of each letter. At most 500 characters. */
  readonly reason?: string
}

/** How often a dead letter is redriven before it is parked. */
export const maxRedrives = 3

const defaultLimit = 100_000
const maxReasonCharacters = 500
const lists = ['events', 'fingerprints', 'steps', 'handlers', 'groups', 'keys', 'letters', 'statuses'] as const
const numbers = ['fromMs', 'toMs', 'minRedriveCount', 'maxRedriveCount'] as const
const targets: readonly unknown[] = ['group', 'origin', 'nowhere'] satisfies RedriveTarget[]
const redrivable: readonly unknown[] = ['pending', 'failed-again', 'discarded'] satisfies RedrivableStatus[]

/** A request with its defaults. */
export interface CheckedRequest {
  readonly source: DeadLetterSource
  readonly filter: DeadLetterFilter
  readonly statuses: readonly RedrivableStatus[]
  readonly unanswered?: string
  readonly limit: number
  readonly to: RedriveTarget
  readonly force: boolean
  readonly again: boolean
  readonly reason?: string
}

/**
 * What `plan` checks first, for callers that want to know before they connect anything.
 *
 * @throws RedriveError `REDRIVE_REQUEST_INVALID` with every problem
 */
export function checkRedriveRequest(request: RedriveRequest): void {
  resolveRedriveRequest(request)
}

/** @throws RedriveError `REDRIVE_REQUEST_INVALID` with every problem */
export function resolveRedriveRequest(request: RedriveRequest): CheckedRequest {
  const problems = [...problemsOf(request)]
  if (problems.length > 0) {
    throw new RedriveError(`redrive request: ${problems.join('; ')}`, { code: 'REDRIVE_REQUEST_INVALID' })
  }
  const {
    deadLetterTopic,
    sourceTopic,
    groupId,
    statuses,
    unanswered,
    limit = defaultLimit,
    to = 'group',
    force = false,
    again = false,
    reason,
    ...filter
  } = structuredClone(request)
  return {
    source: {
      deadLetterTopic,
      ...(sourceTopic !== undefined && { sourceTopic }),
      ...(groupId !== undefined && { groupId }),
    },
    filter,
    statuses: statuses ?? (unanswered === undefined ? ['pending'] : []),
    ...(unanswered !== undefined && { unanswered }),
    limit,
    to,
    force,
    again,
    ...(reason !== undefined && { reason }),
  }
}

function* problemsOf(request: RedriveRequest): Generator<string> {
  if (typeof request.deadLetterTopic !== 'string' || request.deadLetterTopic === '') {
    yield 'deadLetterTopic: the topic that holds the dead letters'
  }
  yield* filterProblems(request)
  const { limit = defaultLimit, to = 'group', statuses = [] } = request
  if (!Number.isSafeInteger(limit) || limit < 1) yield `limit: a whole number from 1, not ${limit}`
  if (!targets.includes(to)) yield 'to: group, origin or nowhere'
  for (const status of statuses) if (!redrivable.includes(status)) yield `statuses: ${status} cannot be redriven`
  yield* reasonProblems(request)
}

function* filterProblems(filter: DeadLetterFilter & Pick<RedriveRequest, 'statuses'>): Generator<string> {
  for (const list of lists) {
    const value: unknown = filter[list]
    if (value === undefined) continue
    // An empty list matches nothing; whoever built one by mistake would take the empty plan for the truth.
    if (!Array.isArray(value) || value.length === 0) yield `${list}: a list of one or more; leave it out for all`
  }
  for (const name of numbers) {
    const value: unknown = filter[name]
    if (value !== undefined && !Number.isFinite(value)) yield `${name}: a number`
  }
  for (const letter of filter.letters ?? []) {
    if (!/^\d{1,10}\/\d{1,19}$/.test(letter)) yield `letters: ${letter} is no <partition>/<offset>`
  }
  try {
    compileFilter({ ...(filter.events !== undefined && { events: filter.events }) })
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    yield* error.problems
  }
}

function* reasonProblems(request: RedriveRequest): Generator<string> {
  const { reason, force, statuses = [], unanswered, deadLetterTopic, to } = request
  if (reason !== undefined && (reason.trim() === '' || reason.length > maxReasonCharacters)) {
    yield `reason: say why, in 1 to ${maxReasonCharacters} characters`
  }
  const needs = [
    ...(force === true ? ['force'] : []),
    ...(statuses.includes('discarded') ? ['statuses: discarded'] : []),
    ...(unanswered === undefined ? [] : ['unanswered']),
  ]
  if (reason === undefined && needs.length > 0) yield `reason: needed with ${needs.join(', ')}`
  if (isParkedTopic(deadLetterTopic) && force !== true && to !== 'nowhere') yield 'force: needed for what was parked'
}

/** The same checks for looking, where any status can be asked for. @throws RedriveError `REDRIVE_REQUEST_INVALID` */
export function checkFilter(filter: DeadLetterFilter): void {
  const problems = [...filterProblems(filter)]
  if (problems.length === 0) return
  throw new RedriveError(`dead letters: ${problems.join('; ')}`, { code: 'REDRIVE_REQUEST_INVALID' })
}

/** What a source says of letters that do not. */
export function hintsOf({ sourceTopic, groupId }: DeadLetterSource): OriginHints {
  return { ...(sourceTopic !== undefined && { topic: sourceTopic }), ...(groupId !== undefined && { group: groupId }) }
}
