import { nameOf } from '../evaluate/value-kind.ts'
import type { FilterArithmetic, FilterType } from '../syntax/filter-node.ts'

/** `any` may turn out to be whatever is needed. */
export function mayBe(type: FilterType, allowed: readonly FilterType[]): boolean {
  return type === 'any' || allowed.includes(type)
}

function isNumber(type: FilterType): boolean {
  return type === 'int' || type === 'double'
}

/** Why two values can never be equal, if so. */
export function equalityProblem(left: FilterType, right: FilterType): string | undefined {
  if (left === 'any' || right === 'any' || left === right) return undefined
  if (left === 'null' || right === 'null') return 'this is never null; where it may be absent write !has(…)'
  if (isNumber(left) && isNumber(right)) return undefined
  return `${nameOf(left)} never equals ${nameOf(right)}${remedy(left, right)}`
}

const ordered: readonly FilterType[] = ['int', 'double', 'string', 'timestamp', 'duration', 'bool']

export function orderingProblem(operator: string, left: FilterType, right: FilterType): string | undefined {
  const both = left === 'any' || right === 'any' || left === right || (isNumber(left) && isNumber(right))
  if (both && mayBe(left, ordered) && mayBe(right, ordered)) return undefined
  return `"${operator}" compares two numbers, strings, timestamps or durations, not ${nameOf(left)} and ${nameOf(right)}${remedy(left, right)}`
}

function remedy(left: FilterType, right: FilterType): string {
  const types = [left, right]
  if (!types.includes('string')) return ''
  if (types.includes('timestamp')) return '; write timestamp("2026-01-31T12:00:00Z")'
  if (types.includes('duration')) return '; write duration("1h30m")'
  if (types.includes('int') || types.includes('double')) return '; write the number without quotes, or double(…)'
  return ''
}

type Operator = FilterArithmetic['operator']

/** The type of a result, or why there is none. */
export function arithmeticType(
  operator: Operator,
  left: FilterType,
  right: FilterType,
): { readonly type: FilterType } | { readonly problem: string } {
  const types = resultTypes(operator, left, right)
  const [only] = types
  if (only !== undefined) return { type: types.length === 1 ? only : 'any' }
  const takes = {
    '+': 'adds numbers, joins strings, or adds a duration to a timestamp or duration',
    '-': 'subtracts numbers, timestamps or durations',
    '*': 'multiplies numbers',
    '/': 'divides numbers',
    '%': 'divides numbers and keeps the rest',
  }[operator]
  return { problem: `"${operator}" ${takes}, not ${nameOf(left)} and ${nameOf(right)}` }
}

const overloads: readonly (readonly [operators: string, left: FilterType, right: FilterType, result: FilterType])[] = [
  ['+-*/%', 'int', 'int', 'int'],
  ['+-*/%', 'int', 'double', 'double'],
  ['+-*/%', 'double', 'int', 'double'],
  ['+-*/%', 'double', 'double', 'double'],
  ['+', 'string', 'string', 'string'],
  ['+-', 'timestamp', 'duration', 'timestamp'],
  ['+', 'duration', 'timestamp', 'timestamp'],
  ['+-', 'duration', 'duration', 'duration'],
  ['-', 'timestamp', 'timestamp', 'duration'],
]

function resultTypes(operator: Operator, left: FilterType, right: FilterType): readonly FilterType[] {
  const fitting = overloads.filter(
    ([operators, takesLeft, takesRight]) =>
      operators.includes(operator) && mayBe(left, [takesLeft]) && mayBe(right, [takesRight]),
  )
  return [...new Set(fitting.map(([, , , result]) => result))]
}
