import type { EventIssue } from '../errors/event-issue.ts'

/** Nesting that an event may have at most, arrays and objects counted, the envelope itself is 1. */
export const maxEventDepth = 64
/** Keys that an event may have at most, over all its objects. */
export const maxEventKeys = 10_000

const identifier = /^[A-Za-z_$][A-Za-z0-9_$]*$/

/** A path with one more step: `a.b`, `a[0]`, `a["odd key"]`. */
export function joinPath(path: string, step: PropertyKey): string {
  if (typeof step === 'number') return `${path}[${step}]`
  const text = String(step)
  if (!identifier.test(text)) return `${path}[${JSON.stringify(text)}]`
  return path === '' ? text : `${path}.${text}`
}

/** Whether `value` is an object as literals and `JSON.parse` make them. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * What in a value JSON would lose, change or refuse: bigint, `NaN`, dates, maps, instances of classes, functions, `undefined` in arrays,
 * `__proto__` keys, nesting beyond the limit (which also ends at a circle). `undefined` of a key is the same as its absence.
 *
 * @param depth the levels above `value`
 */
export function jsonIssues(path: string, value: unknown, depth: number): EventIssue[] {
  const issues: EventIssue[] = []
  let keys = 0
  visit(path, value, depth + 1)
  if (keys > maxEventKeys) issues.push({ path, message: `has more than ${maxEventKeys} keys` })
  return issues

  function visit(at: string, current: unknown, level: number): void {
    const problem = leafProblem(current)
    if (problem !== undefined) {
      issues.push({ path: at, message: problem })
      return
    }
    if (typeof current !== 'object' || current === null) return
    if (level > maxEventDepth) {
      issues.push({ path: at, message: `is nested deeper than ${maxEventDepth} levels, or refers to itself` })
      return
    }
    if (Array.isArray(current)) {
      for (let index = 0; index < current.length; index += 1) {
        if (current[index] === undefined) {
          issues.push({ path: joinPath(at, index), message: 'is undefined; JSON would make it null' })
        } else {
          visit(joinPath(at, index), current[index], level + 1)
        }
      }
      return
    }
    for (const [key, member] of Object.entries(current)) {
      keys += 1
      if (keys > maxEventKeys) return
      if (key === '__proto__')
        issues.push({ path: joinPath(at, key), message: 'is a key that cannot be carried safely' })
      else if (member !== undefined) visit(joinPath(at, key), member, level + 1)
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
      return `is ${article(value)}; JSON cannot carry it unchanged, make it text, a number or a plain object first`
    default:
      return `is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}; JSON cannot carry it`
  }
}

function article(value: object): string {
  const name = (value.constructor as { readonly name?: unknown } | undefined)?.name
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance of a class'
}
