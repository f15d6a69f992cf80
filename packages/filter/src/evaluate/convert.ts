import type { FilterFunction } from '../syntax/filter-node.ts'
import {
  durationText,
  msOfDuration,
  msOfTimestamp,
  parseDuration,
  parseTimestamp,
  timestampAt,
  timestampText,
} from './moment.ts'
import type { Problems } from './problems.ts'

/** Functions that make a value of one type from one of another. */
export type Conversion = Extract<FilterFunction, 'string' | 'int' | 'double' | 'timestamp' | 'duration'>

/** Converts, or fails: nothing is guessed, cut or replaced but the part behind the point for `int`. */
export const conversions: Readonly<Record<Conversion, (value: unknown, problems: Problems) => unknown>> = {
  string: toText,
  int: toInteger,
  double: toNumber,
  timestamp: toTimestamp,
  duration: toDuration,
}

function toText(value: unknown, problems: Problems): unknown {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `${value}`
  const timestamp = msOfTimestamp(value)
  if (timestamp !== undefined) return timestampText(timestamp)
  const duration = msOfDuration(value)
  if (duration !== undefined) return durationText(duration)
  return problems.wrongType('"string" takes no list and no map', value)
}

const integer = /^[-+]?\d{1,19}$/

function toInteger(value: unknown, problems: Problems): unknown {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') {
    // 2^63 is the first number that is too large; -2^63 is the last that is not.
    const fits = value >= -(2 ** 63) && value < 2 ** 63
    return fits ? BigInt(Math.trunc(value)) : problems.outOfRange('the number does not fit into an integer of 64 bits')
  }
  if (typeof value === 'string') {
    const found = integer.test(value) ? BigInt(value.startsWith('+') ? value.slice(1) : value) : undefined
    const fits = found !== undefined && BigInt.asIntN(64, found) === found
    return fits ? found : problems.notConvertible('the string is no integer of 64 bits')
  }
  const timestamp = msOfTimestamp(value)
  if (timestamp !== undefined) return BigInt(Math.floor(timestamp / 1_000))
  return problems.wrongType('"int" takes a number, a string or a timestamp', value)
}

const decimal = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/
const longestNumber = 64

function toNumber(value: unknown, problems: Problems): unknown {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string') {
    const found = value.length <= longestNumber && decimal.test(value) ? Number(value) : Number.NaN
    return Number.isFinite(found) ? found : problems.notConvertible('the string is no number')
  }
  return problems.wrongType('"double" takes a number or a string', value)
}

function toTimestamp(value: unknown, problems: Problems): unknown {
  if (typeof value === 'string') {
    return parseTimestamp(value) ?? problems.notConvertible('the string is no timestamp in RFC 3339')
  }
  if (typeof value === 'bigint') {
    return timestampAt(Number(value) * 1_000) ?? problems.outOfRange('the time lies outside the years 1 to 9999')
  }
  if (msOfTimestamp(value) !== undefined) return value
  return problems.wrongType('"timestamp" takes a string or seconds since 1970 as an integer', value)
}

function toDuration(value: unknown, problems: Problems): unknown {
  if (typeof value === 'string') {
    return parseDuration(value) ?? problems.notConvertible('the string is no duration such as 1h30m, 2.5s or 250ms')
  }
  if (msOfDuration(value) !== undefined) return value
  return problems.wrongType('"duration" takes a string', value)
}
