/** A copy of what was found to be plain JSON, so that nothing is lost. */
export function plainCopy<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}

/** As `plainCopy`, and nobody can change it. */
export function frozenCopy<Value>(value: Value): Value {
  return deepFreeze(plainCopy(value))
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) deepFreeze(member)
  return Object.freeze(value)
}
