import type { EventIssue } from '../errors/event-issue.ts'
import { eventLimits } from './event-limits.ts'
import { pathOf } from './json-path.ts'

/** Whether `value` is an object as literals and `JSON.parse` make them. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What a walk over a value found. */
export interface JsonFindings {
  readonly issues: readonly EventIssue[]
  /** Keys over all objects seen; the walk ends where there are too many. */
  readonly keys: number
}

/**
 * What in a value JSON would lose, change or refuse: bigint, `NaN`, dates, maps, instances of classes, functions, `undefined` in arrays,
 * `__proto__` keys, nesting beyond the limit (which also ends at a circle). `undefined` of a key is the same as its absence.
 *
 * @param start the path of `value`
 * @param above how many levels stand above `value`
 */
export function jsonFindings(start: string, value: unknown, above: number): JsonFindings {
  const issues: EventIssue[] = []
  // Kept as steps: a path is put together only where there is something to say.
  const steps: PropertyKey[] = []
  let keys = 0
  visit(value, above + 1)
  return { issues, keys }

  function report(message: string): void {
    issues.push({ path: pathOf(start, steps), message })
  }

  function visit(current: unknown, level: number): void {
    const problem = leafProblem(current)
    if (problem !== undefined) report(problem)
    else if (typeof current !== 'object' || current === null) return
    else if (level > eventLimits.maxDepth) {
      report(`is nested deeper than ${eventLimits.maxDepth} levels, or refers to itself`)
    } else if (Array.isArray(current)) visitArray(current, level)
    else visitObject(current, level)
  }

  function visitArray(members: readonly unknown[], level: number): void {
    // By index: iteration would pass over holes, which JSON makes null.
    for (let index = 0; index < members.length; index += 1) {
      steps.push(index)
      if (members[index] === undefined) report('is undefined; JSON would make it null')
      else visit(members[index], level + 1)
      steps.pop()
    }
  }

  function visitObject(current: object, level: number): void {
    for (const [key, member] of Object.entries(current)) {
      keys += 1
      if (keys > eventLimits.maxKeys) return
      steps.push(key)
      if (key === '__proto__') report('is a key that cannot be carried safely')
      else if (member !== undefined) visit(member, level + 1)
      steps.pop()
    }
  }
}

function leafProblem(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : `is ${value}; JSON would make it null`
    case 'object':
      if (value === null || Array.isArray(value) || isPlainObject(value)) return undefined
      return `is ${kindOf(value)}; JSON cannot carry it unchanged, make it a text, a number or a plain object first`
    case 'undefined':
      return 'is undefined; JSON cannot carry it'
    default:
      return `is a ${typeof value}; JSON cannot carry it`
  }
}

function kindOf(value: object): string {
  const name = (value.constructor as { readonly name?: unknown } | undefined)?.name
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance of a class'
}
