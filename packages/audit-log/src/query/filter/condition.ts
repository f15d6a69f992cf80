// Conditions of SQL as text. None of them is ever NULL, so that `NOT` turns each into its opposite.

/** All of them; what is settled is left out. */
export function allOf(...conditions: readonly string[]): string {
  const open = [...new Set(conditions)].filter((condition) => condition !== 'true')
  if (open.includes('false')) return 'false'
  return joined(open, 'AND', 'true')
}

/** Any of them; what is settled is left out. */
export function anyOf(...conditions: readonly string[]): string {
  const open = [...new Set(conditions)].filter((condition) => condition !== 'false')
  if (open.includes('true')) return 'true'
  return joined(open, 'OR', 'false')
}

export function not(condition: string): string {
  if (condition === 'true') return 'false'
  return condition === 'false' ? 'true' : `NOT ${condition}`
}

function joined(conditions: readonly string[], word: 'AND' | 'OR', none: string): string {
  if (conditions.length < 2) return conditions[0] ?? none
  return `(${conditions.join(` ${word} `)})`
}
