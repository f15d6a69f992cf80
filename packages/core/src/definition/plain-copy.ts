import { deepFreeze } from './deep-freeze.ts'

/** A copy of what was found to be plain JSON, so that nothing is lost. */
export function plainCopy<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}

/** As `plainCopy`, and nobody can change it. */
export function frozenCopy<Value>(value: Value): Value {
  return deepFreeze(plainCopy(value))
}
