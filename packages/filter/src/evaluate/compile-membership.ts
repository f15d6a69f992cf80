import { equalValues } from './compare-values.ts'
import { failureAmong } from './failure.ts'
import type { Problems } from './problems.ts'
import { type Evaluate, pay, type Run } from './run.ts'
import { kindOf } from './value-kind.ts'

/** `item in list` by equality, `key in map` by own keys; no key is anything but a string. */
export function compileMembership(item: Evaluate, of: Evaluate, problems: Problems): Evaluate {
  return (run) => {
    const sought = item(run)
    const collection = of(run)
    const failed = failureAmong(sought, collection)
    if (failed !== undefined) return failed
    if (Array.isArray(collection)) return occursAmong(run, sought, collection) ?? problems.tooCostly()
    if (kindOf(collection) === 'map') return typeof sought === 'string' && Object.hasOwn(collection as object, sought)
    return problems.wrongType('"in" looks into a list or a map', collection)
  }
}

/** `undefined` when the steps are used up. */
function occursAmong(run: Run, sought: unknown, items: readonly unknown[]): boolean | undefined {
  for (const item of items) {
    const equal = pay(run, 1) ? equalValues(run, sought, item) : undefined
    if (equal !== false) return equal
  }
  return false
}
