import type { z } from 'zod'
import type { PayloadSchemas } from '../definition/event-definition.ts'
import type { EventIssue } from '../errors/event-issue.ts'
import type { EventPayload } from './envelope.ts'
import { eventLimits } from './event-limits.ts'
import { joinPath, pathOf } from './json-path.ts'
import { isPlainObject, jsonFindings } from './json-value.ts'
import { undeclared, unknownKeyIssues, withUnknownKeys } from './unknown-keys.ts'

/** The parts a payload can have, in their order on the wire. */
export const payloadParts = ['before', 'after', 'extra'] as const

/** Keys of the limit that stay free for the envelope's own fields. */
const envelopeKeys = 100
/** Levels above a part: the envelope and the payload. */
const levelsAbove = 2

/** A payload as its schemas made it, or why it does not fit. `thrown`: what a schema threw instead of answering. */
export type CheckedPayload =
  | { readonly kind: 'ok'; readonly payload: EventPayload }
  | { readonly kind: 'failed'; readonly issues: readonly EventIssue[]; readonly thrown?: unknown }

/** Checks a payload for publishing: what no schema declares is refused, and so is what JSON cannot carry. */
export function checkPayloadStrictly(schemas: PayloadSchemas, payload: unknown): CheckedPayload {
  let keys = 0
  const checked = checkParts(schemas, payload, (part, input, output, issues) => {
    const path = `payload.${part}`
    const found = jsonFindings(path, output, levelsAbove)
    keys += found.keys
    append(issues, unknownKeyIssues(path, input, output))
    append(issues, found.issues)
    return output
  })
  const issues: EventIssue[] = isObject(payload) ? undeclaredParts(schemas, payload) : []
  if (keys > eventLimits.maxKeys - envelopeKeys) {
    issues.push({ path: 'payload', message: `has more than ${eventLimits.maxKeys - envelopeKeys} keys` })
  }
  if (checked.kind === 'failed') return { ...checked, issues: [...issues, ...checked.issues] }
  return issues.length > 0 ? { kind: 'failed', issues } : checked
}

/** Checks a payload as it was read: undeclared keys stay where they are, since a newer publisher may send more than we know. */
export function checkPayloadLoosely(schemas: PayloadSchemas, payload: unknown): CheckedPayload {
  const checked = checkParts(schemas, payload, (_part, input, output) => withUnknownKeys(input, output))
  if (checked.kind === 'failed' || !isPlainObject(payload)) return checked
  return { kind: 'ok', payload: { ...payload, ...checked.payload } }
}

function undeclaredParts(schemas: PayloadSchemas, payload: object): EventIssue[] {
  return Object.entries(payload)
    .filter(([part, value]) => value !== undefined && schemas[part as keyof PayloadSchemas] === undefined)
    .map(([part]) => undeclared(joinPath('payload', part)))
}

type AfterPart = (part: string, input: unknown, output: unknown, issues: EventIssue[]) => unknown

function checkParts(schemas: PayloadSchemas, payload: unknown, afterPart: AfterPart): CheckedPayload {
  if (!isObject(payload)) return { kind: 'failed', issues: [{ path: 'payload', message: 'must be an object' }] }
  const given: EventPayload = payload
  const issues: EventIssue[] = []
  const result: Record<string, unknown> = {}
  let thrown: unknown
  for (const part of payloadParts) {
    const schema = schemas[part]
    if (schema === undefined) continue
    try {
      const parsed = schema.safeParse(given[part])
      if (!parsed.success)
        append(
          issues,
          parsed.error.issues.flatMap((issue) => issuesOf(`payload.${part}`, issue)),
        )
      else if (parsed.data !== undefined) result[part] = afterPart(part, given[part], parsed.data, issues)
    } catch (error) {
      // A refinement that throws or is async, or nesting beyond the stack: the value was not found right, so it is not.
      issues.push({ path: `payload.${part}`, message: thrownText(error) })
      thrown ??= error
    }
  }
  return issues.length === 0 ? { kind: 'ok', payload: result } : { kind: 'failed', issues, thrown }
}

function issuesOf(start: string, issue: z.core.$ZodIssue): EventIssue[] {
  const path = pathOf(start, issue.path)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => undeclared(joinPath(path, key)))
  return [{ path, message: issue.message }]
}

function thrownText(error: unknown): string {
  if (error instanceof RangeError) return 'is nested too deep to be checked, or refers to itself'
  // By name: core imports nothing of zod that runs.
  if (error instanceof Error && error.constructor.name === '$ZodAsyncError') {
    return 'has an async schema; events are checked synchronously'
  }
  return 'could not be checked, the schema itself threw; see the cause'
}

/** One by one: a list of a hundred thousand does not fit into the arguments of a call. */
function append(issues: EventIssue[], more: readonly EventIssue[]): void {
  for (const issue of more) issues.push(issue)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
