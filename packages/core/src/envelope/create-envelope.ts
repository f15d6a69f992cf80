import { type EventDefinition, type EventInput, type EventOf } from '../definition/event-definition.ts'
import type { EventIssue } from '../errors/event-issue.ts'
import type { Clock } from '../ports/clock.ts'
import type { EventContext } from '../ports/event-context.ts'
import type { Ids } from '../ports/ids.ts'
import type { EventMetrics, EventSubject } from './envelope.ts'
import { userHeaderIssues } from './header-rules.ts'
import { isPlainObject, joinPath } from './json-value.ts'
import { checkPayloadStrictly, validationError } from './payload-check.ts'
import { isUuid, sourceProblem, textProblem } from './text-rules.ts'
import { canonicalTimestamp, timestampOf } from './timestamp.ts'

/** What an envelope gets from its surroundings. */
export interface EnvelopeOptions {
  /** The publishing service: a name or URI. */
  readonly source: string
  readonly clock: Clock
  readonly ids: Ids
  /** Of the event being handled; gives correlation and causation where the input does not. */
  readonly context?: EventContext | undefined
}

const inputKeys: ReadonlySet<string> = new Set([
  'payload',
  'entityId',
  'entityType',
  'actor',
  'organizationId',
  'correlationId',
  'causationId',
  'timestamp',
  'eventId',
  'key',
  'headers',
  'metrics',
])

/**
 * Makes an event of a definition. Strict: what is not declared is refused, also inside the payload, and what JSON cannot carry is refused with
 * its path. An event without correlation begins a story of its own: its correlation id is its event id.
 *
 * @throws EventValidationError with every issue at once
 */
export function createEnvelope<Definition extends EventDefinition>(
  definition: Definition,
  input: EventInput<Definition>,
  options: EnvelopeOptions,
): EventOf<Definition> {
  // The typed input is one of many shapes; from here on every field is checked as if nobody had checked it.
  const given = input as unknown
  if (typeof given !== 'object' || given === null) {
    throw validationError(definition.name, [{ path: '', message: 'must be an object with the payload' }], undefined)
  }
  const fields = given as Readonly<Record<string, unknown>>
  const issues: EventIssue[] = []
  for (const key of Object.keys(fields)) {
    if (!inputKeys.has(key)) issues.push({ path: joinPath('', key), message: 'is no field of a publish' })
  }
  const entity = entityOf(definition, fields, issues)
  const actor = actorOf(definition, fields['actor'], issues)
  const organizationId = optionalText(fields['organizationId'], 'organizationId', issues)
  const eventId = optionalUuid(fields['eventId'], 'eventId', issues) ?? options.ids.next()
  const correlationId = optionalUuid(fields['correlationId'], 'correlationId', issues) ?? options.context?.correlationId
  const causationId = optionalUuid(fields['causationId'], 'causationId', issues) ?? options.context?.causationId
  const timestamp = timestampIn(fields['timestamp'], issues) ?? timestampOf(options.clock.nowMs())
  const metrics = metricsOf(fields['metrics'], issues)
  check('source', options.source, sourceProblem, issues)
  keyIssue(fields['key'], issues)
  issues.push(...userHeaderIssues(fields['headers']))
  const payload = checkPayloadStrictly(definition.payload, fields['payload'] ?? {})
  unknownParts(definition, fields['payload'], issues)
  if (payload.kind === 'failed') throw validationError(definition.name, [...issues, ...payload.issues], payload.cause)
  if (issues.length > 0) throw validationError(definition.name, issues, undefined)
  const envelope = {
    eventId,
    name: definition.name,
    version: definition.version,
    correlationId: correlationId ?? eventId,
    ...(causationId !== undefined && { causationId }),
    timestamp,
    source: options.source,
    ...(organizationId !== undefined && { organizationId }),
    ...(entity !== undefined && { entity }),
    action: definition.action,
    ...(actor !== undefined && { actor }),
    payload: payload.payload,
    ...(metrics !== undefined && { metrics }),
  }
  // Checked against the definition above; the compiler cannot follow that.
  return envelope as unknown as EventOf<Definition>
}

function entityOf(
  definition: EventDefinition,
  fields: Readonly<Record<string, unknown>>,
  issues: EventIssue[],
): EventSubject | undefined {
  const { entityId, entityType } = fields
  if (entityId === undefined) {
    if (definition.requireEntity) issues.push({ path: 'entityId', message: 'is missing; the definition requires it' })
    else if (entityType !== undefined) issues.push({ path: 'entityType', message: 'has no entityId beside it' })
    return undefined
  }
  check('entityId', entityId, textProblem, issues)
  const type = entityType ?? definition.entityType
  check('entityType', type, textProblem, issues)
  return { type: type as string, id: entityId as string }
}

function actorOf(definition: EventDefinition, actor: unknown, issues: EventIssue[]): EventSubject | undefined {
  if (actor === undefined) {
    if (definition.requireActor) issues.push({ path: 'actor', message: 'is missing; the definition requires it' })
    return undefined
  }
  if (typeof actor !== 'object' || actor === null) {
    issues.push({ path: 'actor', message: 'must be an object with type and id' })
    return undefined
  }
  const { type, id, ...rest } = actor as Readonly<Record<string, unknown>>
  check('actor.type', type, textProblem, issues)
  check('actor.id', id, textProblem, issues)
  for (const key of Object.keys(rest)) issues.push({ path: joinPath('actor', key), message: 'is not type or id' })
  return { type: type as string, id: id as string }
}

function unknownParts(definition: EventDefinition, payload: unknown, issues: EventIssue[]): void {
  if (typeof payload !== 'object' || payload === null) return
  for (const [part, value] of Object.entries(payload)) {
    if (value !== undefined && !Object.hasOwn(definition.payload, part)) {
      issues.push({ path: joinPath('payload', part), message: `is not declared by ${definition.name}` })
    }
  }
}

function timestampIn(value: unknown, issues: EventIssue[]): string | undefined {
  if (value === undefined) return undefined
  const canonical = typeof value === 'string' ? canonicalTimestamp(value) : undefined
  if (canonical === undefined) {
    issues.push({ path: 'timestamp', message: 'must be an RFC 3339 text such as "2026-01-31T12:00:00.000Z"' })
  }
  return canonical
}

const metricKeys = ['processingTimeMs', 'dbTimeMs', 'apiTimeMs', 'queueTimeMs'] as const

function metricsOf(value: unknown, issues: EventIssue[]): EventMetrics | undefined {
  if (value === undefined) return undefined
  if (!isPlainObject(value)) {
    issues.push({ path: 'metrics', message: 'must be an object' })
    return undefined
  }
  const { customMetrics, ...times } = value
  for (const [key, figure] of Object.entries(times)) {
    if (!metricKeys.some((known) => known === key)) {
      issues.push({
        path: joinPath('metrics', key),
        message: 'is no metric; figures of your own go into customMetrics',
      })
    } else if (figure !== undefined) {
      check(joinPath('metrics', key), figure, figureProblem, issues)
    }
  }
  if (customMetrics !== undefined && !isPlainObject(customMetrics)) {
    issues.push({ path: 'metrics.customMetrics', message: 'must be an object of numbers' })
  } else {
    for (const [key, figure] of Object.entries(customMetrics ?? {})) {
      check(joinPath('metrics.customMetrics', key), figure, figureProblem, issues)
    }
  }
  // Every member was checked above.
  return value as EventMetrics
}

function figureProblem(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? undefined : 'must be a finite number'
}

function keyIssue(key: unknown, issues: EventIssue[]): void {
  if (key === undefined || key === null) return
  if (typeof key !== 'string' || key === '') {
    issues.push({ path: 'key', message: 'must be a text that is not empty, or null for none' })
  }
}

function optionalText(value: unknown, path: string, issues: EventIssue[]): string | undefined {
  if (value !== undefined) check(path, value, textProblem, issues)
  return value as string | undefined
}

function optionalUuid(value: unknown, path: string, issues: EventIssue[]): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && isUuid(value)) return value
  issues.push({ path, message: 'must be a UUID' })
  return undefined
}

function check(
  path: string,
  value: unknown,
  problemOf: (value: unknown) => string | undefined,
  issues: EventIssue[],
): void {
  const message = problemOf(value)
  if (message !== undefined) issues.push({ path, message })
}
