import type { FilterType } from '../syntax/filter-node.ts'
import { isFailure } from './failure.ts'
import { msOfDuration, msOfTimestamp } from './moment.ts'

/** What a value turned out to be; `other` is what JSON has not, a failure among it. */
export type ValueKind = Exclude<FilterType, 'any'> | 'other'

export function kindOf(value: unknown): ValueKind {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'number':
      return 'double'
    case 'bigint':
      return 'int'
    case 'boolean':
      return 'bool'
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'list'
      if (msOfTimestamp(value) !== undefined) return 'timestamp'
      if (msOfDuration(value) !== undefined) return 'duration'
      return isFailure(value) ? 'other' : 'map'
    default:
      return 'other'
  }
}

const names: Readonly<Record<ValueKind | 'any', string>> = {
  any: 'a value',
  bool: 'a boolean',
  int: 'an integer',
  double: 'a number',
  string: 'a string',
  null: 'null',
  timestamp: 'a timestamp',
  duration: 'a duration',
  list: 'a list',
  map: 'a map',
  other: 'a value that JSON has not',
}

/** For messages: `a string`. */
export function nameOf(kind: ValueKind | 'any'): string {
  return names[kind]
}
