const identifier = /^[A-Za-z_$][A-Za-z0-9_$]*$/

/** A path with one more step: `a.b`, `a[0]`, `a["odd key"]`. */
export function joinPath(path: string, step: PropertyKey): string {
  if (typeof step === 'number') return `${path}[${step}]`
  const text = String(step)
  if (!identifier.test(text)) return `${path}[${JSON.stringify(text)}]`
  return path === '' ? text : `${path}.${text}`
}

/** The path of steps taken from a beginning. */
export function pathOf(start: string, steps: readonly PropertyKey[]): string {
  return steps.reduce<string>(joinPath, start)
}
