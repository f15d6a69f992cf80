const waitingFunctions = ['[object AsyncFunction]', '[object AsyncGeneratorFunction]', '[object GeneratorFunction]']

/** What of the transforms is seen to be none before an entry is there; one sentence each. For callers without types. */
export function transformProblems(transforms: unknown): string[] {
  if (transforms === undefined) return []
  if (typeof transforms !== 'object' || transforms === null || Array.isArray(transforms)) {
    return ['transforms: an object of functions, by the names that requests give']
  }
  return Object.entries(transforms).flatMap(([name, transform]: [string, unknown]) => {
    if (typeof transform !== 'function') return [`transforms: ${JSON.stringify(name)} is no function`]
    return waitingFunctions.includes(Object.prototype.toString.call(transform))
      ? [
          `transforms: ${JSON.stringify(name)} answers later; it has to answer at once, so no async function or generator`,
        ]
      : []
  })
}
