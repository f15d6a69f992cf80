import type { z } from 'zod'
import type { PayloadSchemas } from '../definition/event-definition.ts'
import type { EventIssue } from '../errors/event-issue.ts'
import { EventValidationError } from '../errors/event-validation-error.ts'
import type { EventPayload } from './envelope.ts'
import { isPlainObject, joinPath, jsonIssues } from './json-value.ts'

/** The parts a payload can have, in their order on the wire. */
export const payloadParts = ['before', 'after', 'extra'] as const

type CheckedPayload =
  | { readonly kind: 'ok'; readonly payload: EventPayload }
  | { readonly kind: 'failed'; readonly issues: readonly EventIssue[]; readonly cause?: unknown }

/**
 * Checks a payload for publishing: what no schema declares is refused, and so is what JSON cannot carry.
 *
 * zod drops undeclared keys of `z.object()`. Every key that went in and did not come out is therefore unknown; where a schema keeps
 * them (`z.looseObject()`, `z.record()`, `z.unknown()`) they are welcome.
 */
export function checkPayloadStrictly(schemas: PayloadSchemas, payload: unknown): CheckedPayload {
  return checkParts(schemas, payload, (path, input, output, issues) => {
    unknownKeys(path, input, output, issues, 0)
    // Two levels stand above a part: the envelope and the payload.
    issues.push(...jsonIssues(path, output, 2))
    return output
  })
}

/** Checks a payload as it was read: undeclared keys stay where they are, since a newer publisher may send more than we know. */
export function checkPayloadLoosely(schemas: PayloadSchemas, payload: unknown): CheckedPayload {
  const checked = checkParts(schemas, payload, (_path, input, output) => withUnknownKeys(input, output))
  if (checked.kind === 'failed' || !isPlainObject(payload)) return checked
  return { kind: 'ok', payload: { ...payload, ...checked.payload } }
}

type AfterPart = (path: string, input: unknown, output: unknown, issues: EventIssue[]) => unknown

function checkParts(schemas: PayloadSchemas, payload: unknown, afterPart: AfterPart): CheckedPayload {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return { kind: 'failed', issues: [{ path: 'payload', message: 'must be an object' }] }
  }
  const given = payload as EventPayload
  const issues: EventIssue[] = []
  const result: Record<string, unknown> = {}
  let cause: unknown
  for (const part of payloadParts) {
    const schema = schemas[part]
    if (schema === undefined) continue
    const path = `payload.${part}`
    const parsed = parse(schema, path, given[part])
    if (parsed.kind === 'failed') {
      issues.push(...parsed.issues)
      cause ??= parsed.cause
    } else {
      const value = parsed.value === undefined ? undefined : afterPart(path, given[part], parsed.value, issues)
      if (value !== undefined) result[part] = value
    }
  }
  return issues.length === 0 ? { kind: 'ok', payload: result } : { kind: 'failed', issues, cause }
}

type ParsedPart =
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly issues: readonly EventIssue[]; readonly cause?: unknown }

function parse(schema: z.ZodType, path: string, value: unknown): ParsedPart {
  let result: ReturnType<typeof schema.safeParse>
  try {
    result = schema.safeParse(value)
  } catch (error) {
    // A refinement that throws or is async, or nesting beyond the stack: the value was not found right, so it is not.
    return { kind: 'failed', issues: [{ path, message: thrownText(error) }], cause: error }
  }
  if (result.success) return { kind: 'ok', value: result.data }
  return { kind: 'failed', issues: result.error.issues.flatMap((issue) => issuesOf(path, issue)) }
}

function issuesOf(path: string, issue: z.core.$ZodIssue): EventIssue[] {
  const at = issue.path.reduce<string>(joinPath, path)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(joinPath(at, key)))
  return [{ path: at, message: issue.message }]
}

function thrownText(error: unknown): string {
  if (error instanceof RangeError) return 'is nested too deep to be checked, or refers to itself'
  if (error instanceof Error && error.constructor.name === '$ZodAsyncError') {
    return 'the schema is async; events are checked synchronously'
  }
  return 'the schema threw instead of answering, see the cause'
}

function unknownKey(path: string): EventIssue {
  return { path, message: 'is not declared; add it to the schema or leave it out' }
}

function unknownKeys(path: string, input: unknown, output: unknown, issues: EventIssue[], level: number): void {
  if (input === output || level > 100) return
  if (Array.isArray(input) && Array.isArray(output)) {
    for (let index = 0; index < input.length; index += 1) {
      unknownKeys(joinPath(path, index), input[index], output[index], issues, level + 1)
    }
  } else if (isPlainObject(input) && isPlainObject(output)) {
    for (const key of Object.keys(input)) {
      if (!Object.hasOwn(output, key)) {
        if (input[key] !== undefined) issues.push(unknownKey(joinPath(path, key)))
      } else {
        unknownKeys(joinPath(path, key), input[key], output[key], issues, level + 1)
      }
    }
  }
}

/** The output, with what the schema dropped put back. */
function withUnknownKeys(input: unknown, output: unknown): unknown {
  if (input === output) return output
  if (Array.isArray(input) && Array.isArray(output) && input.length === output.length) {
    return output.map((member, index) => withUnknownKeys(input[index], member))
  }
  if (!isPlainObject(input) || !isPlainObject(output)) return output
  const merged: Record<string, unknown> = {}
  for (const key of Object.keys(output)) merged[key] = withUnknownKeys(input[key], output[key])
  for (const key of Object.keys(input)) {
    // An assignment to `__proto__` would set the prototype.
    if (!Object.hasOwn(merged, key) && key !== '__proto__') merged[key] = input[key]
  }
  return merged
}

/** The error for a payload that failed. */
export function validationError(
  eventName: string,
  issues: readonly EventIssue[],
  cause: unknown,
): EventValidationError {
  return new EventValidationError(eventName, issues, cause === undefined ? {} : { code: 'EVENT_SCHEMA_FAILED', cause })
}
