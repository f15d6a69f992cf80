import type { EventIssue } from '../errors/event-issue.ts'
import { eventLimits } from './event-limits.ts'
import { pathOf } from './json-path.ts'
import { isPlainObject } from './json-value.ts'

/** The issue for a key that no schema declares. */
export function undeclared(path: string): EventIssue {
  return { path, message: 'is not declared; add it to the schema or leave it out' }
}

/**
 * The keys that a schema dropped: those that went in and did not come out. zod drops undeclared keys of `z.object()` and keeps those of
 * `z.looseObject()`, `z.record()` and `z.unknown()`, so this is exactly what no schema wanted, at any depth and in any union.
 */
export function unknownKeyIssues(start: string, input: unknown, output: unknown): EventIssue[] {
  const issues: EventIssue[] = []
  const steps: PropertyKey[] = []
  visit(input, output)
  return issues

  function visit(given: unknown, kept: unknown): void {
    // The same value: nothing was dropped below. Deeper than an event may be, and round in circles, nobody needs to look.
    if (given === kept || typeof given !== 'object' || given === null || steps.length > eventLimits.maxDepth) return
    if (Array.isArray(kept)) {
      if (Array.isArray(given)) for (const [index, member] of kept.entries()) step(index, given[index], member)
    } else if (isPlainObject(kept)) {
      // `given` may be an instance of a class: zod took its fields, so each of them counts.
      for (const [key, member] of Object.entries(given)) {
        if (Object.hasOwn(kept, key)) step(key, member, kept[key])
        else if (member !== undefined) issues.push(undeclared(pathOf(start, [...steps, key])))
      }
    }
  }

  function step(key: PropertyKey, given: unknown, kept: unknown): void {
    steps.push(key)
    visit(given, kept)
    steps.pop()
  }
}

/** A schema's output with the keys put back that the schema dropped. Nothing is changed in place; without such keys it is the output itself. */
export function withUnknownKeys(input: unknown, output: unknown): unknown {
  if (input === output) return output
  if (Array.isArray(output)) return Array.isArray(input) ? arrayWith(input, output) : output
  return isPlainObject(input) && isPlainObject(output) ? objectWith(input, output) : output
}

function arrayWith(input: readonly unknown[], output: readonly unknown[]): readonly unknown[] {
  let changed: unknown[] | undefined
  for (let index = 0; index < output.length; index += 1) {
    const member: unknown = output[index]
    const whole = withUnknownKeys(input[index], member)
    if (whole === member) continue
    changed ??= [...output]
    changed[index] = whole
  }
  return changed ?? output
}

type Fields = Readonly<Record<string, unknown>>

function objectWith(input: Fields, output: Fields): Fields {
  let changed: Record<string, unknown> | undefined
  for (const key of Object.keys(input)) {
    // Most members come out as they went in.
    if (input[key] === output[key] && input[key] !== undefined) continue
    // Assigned, it would become the prototype instead of a key.
    if (key === '__proto__') continue
    const whole = Object.hasOwn(output, key) ? withUnknownKeys(input[key], output[key]) : input[key]
    if (whole === output[key] && Object.hasOwn(output, key)) continue
    changed ??= { ...output }
    changed[key] = whole
  }
  return changed ?? output
}
