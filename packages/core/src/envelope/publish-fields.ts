import type { EventDefinition } from '../definition/event-definition.ts'
import type { EventIssue } from '../errors/event-issue.ts'
import type { EventMetrics, EventSubject } from './envelope.ts'
import { joinPath } from './json-path.ts'
import { isPlainObject } from './json-value.ts'
import { textProblem } from './text-rules.ts'
import { canonicalTimestamp } from './timestamp.ts'

// Each function reads one field of a publish as if no compiler had seen it. What is wrong goes into `issues`; then the answer is never used.

type Fields = Readonly<Record<string, unknown>>

/** Notes what a rule says about a value. */
export function check(
  path: string,
  value: unknown,
  problemOf: (value: unknown) => string | undefined,
  issues: EventIssue[],
): void {
  const message = problemOf(value)
  if (message !== undefined) issues.push({ path, message })
}

/** A text that may be absent. */
export function optionalText(
  path: string,
  value: unknown,
  problemOf: (value: unknown) => string | undefined,
  issues: EventIssue[],
): string | undefined {
  if (value !== undefined) check(path, value, problemOf, issues)
  return value as string | undefined
}

/** What the event is about: `entityId` of the publish, with its type or the definition's. */
export function entityOf(definition: EventDefinition, fields: Fields, issues: EventIssue[]): EventSubject | undefined {
  const { entityId, entityType } = fields
  if (entityId === undefined) {
    if (definition.requireEntity) issues.push({ path: 'entityId', message: 'is missing; the definition requires it' })
    else if (entityType !== undefined) issues.push({ path: 'entityType', message: 'has no entityId beside it' })
    return undefined
  }
  const type = entityType ?? definition.entityType
  check('entityId', entityId, textProblem, issues)
  check('entityType', type, textProblem, issues)
  return { type: type as string, id: entityId as string }
}

/** Who caused the event. */
export function actorOf(definition: EventDefinition, actor: unknown, issues: EventIssue[]): EventSubject | undefined {
  if (actor === undefined) {
    if (definition.requireActor) issues.push({ path: 'actor', message: 'is missing; the definition requires it' })
    return undefined
  }
  if (typeof actor !== 'object' || actor === null) {
    issues.push({ path: 'actor', message: 'must be an object with type and id' })
    return undefined
  }
  const { type, id, ...others } = actor as Fields
  check('actor.type', type, textProblem, issues)
  check('actor.id', id, textProblem, issues)
  for (const key of Object.keys(others))
    issues.push({ path: joinPath('actor', key), message: 'is neither type nor id' })
  return { type: type as string, id: id as string }
}

/** When it happened, in our one form. */
export function timestampIn(value: unknown, issues: EventIssue[]): string | undefined {
  if (value === undefined) return undefined
  const canonical = typeof value === 'string' ? canonicalTimestamp(value) : undefined
  if (canonical === undefined) {
    issues.push({ path: 'timestamp', message: 'must be an RFC 3339 text such as "2026-01-31T12:00:00.000Z"' })
  }
  return canonical
}

const timeMetrics: ReadonlySet<string> = new Set(['processingTimeMs', 'dbTimeMs', 'apiTimeMs', 'queueTimeMs'])
const maxCustomMetrics = 50

/** What the publisher measured. */
export function metricsOf(value: unknown, issues: EventIssue[]): EventMetrics | undefined {
  if (value === undefined) return undefined
  if (!isPlainObject(value)) {
    issues.push({ path: 'metrics', message: 'must be an object' })
    return undefined
  }
  const { customMetrics, ...times } = value
  for (const [key, figure] of Object.entries(times)) {
    if (!timeMetrics.has(key)) {
      issues.push({
        path: joinPath('metrics', key),
        message: 'is no metric; figures of your own go into customMetrics',
      })
    } else if (figure !== undefined) {
      check(`metrics.${key}`, figure, figureProblem, issues)
    }
  }
  if (customMetrics !== undefined) checkCustomMetrics(customMetrics, issues)
  return value
}

function checkCustomMetrics(value: unknown, issues: EventIssue[]): void {
  const path = 'metrics.customMetrics'
  if (!isPlainObject(value)) {
    issues.push({ path, message: 'must be an object of numbers' })
    return
  }
  const figures = Object.entries(value)
  if (figures.length > maxCustomMetrics) issues.push({ path, message: `has more than ${maxCustomMetrics} figures` })
  for (const [key, figure] of figures) {
    if (key === '__proto__')
      issues.push({ path: joinPath(path, key), message: 'is a key that cannot be carried safely' })
    else check(joinPath(path, key), figure, figureProblem, issues)
  }
}

function figureProblem(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? undefined : 'must be a finite number'
}
