import type { ValueChange } from '../ports/audit-log.ts'

type Path = readonly (string | number)[]
type Fields = Readonly<Record<string, unknown>>

/**
 * What differs between two values as JSON has them: field by field and place by place, so that a list into whose beginning something was put differs
 * in every place behind it. `undefined` is no value: against it, all of the other was added or removed, as one change for each of its fields.
 *
 * @param most stops there; the caller asks for one more than it shows
 */
export function valueChanges(before: unknown, after: unknown, most: number): readonly ValueChange[] {
  const changes: ValueChange[] = []
  // No recursion: values nest as deep as a stranger likes.
  const open: { readonly path: Path; readonly before: unknown; readonly after: unknown }[] = [
    { path: [], before, after },
  ]
  for (let pair = open.pop(); pair !== undefined && changes.length < most; pair = open.pop()) {
    const { path } = pair
    const names = namesWithin(pair.before, pair.after, path.length === 0)
    if (names !== undefined) {
      // Taken from the end, so pushed in reverse.
      for (const name of names.toReversed()) {
        open.push({ path: [...path, name], before: part(pair.before, name), after: part(pair.after, name) })
      }
    } else if (!isSame(pair.before, pair.after)) {
      changes.push(changeOf(path, pair.before, pair.after))
    }
  }
  return changes
}

function changeOf(path: Path, before: unknown, after: unknown): ValueChange {
  if (before === undefined) return { kind: 'added', path, after }
  return after === undefined ? { kind: 'removed', path, before } : { kind: 'changed', path, before, after }
}

/** What to compare one by one; `undefined` where the values are compared as wholes. */
function namesWithin(before: unknown, after: unknown, isWhole: boolean): readonly (string | number)[] | undefined {
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index)
  }
  if (isFields(before) && isFields(after)) return [...new Set([...Object.keys(before), ...Object.keys(after)])]
  if (!isWhole) return undefined
  if (before === undefined && isFields(after)) return Object.keys(after)
  return after === undefined && isFields(before) ? Object.keys(before) : undefined
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Own fields only: `constructor` is one like any other. */
function part(value: unknown, name: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, name) ? (value as Fields)[name] : undefined
}

function isSame(left: unknown, right: unknown): boolean {
  // An empty list against an empty list was gone through already; two kinds of container always differ.
  return left === right || (Number.isNaN(left) && Number.isNaN(right))
}
