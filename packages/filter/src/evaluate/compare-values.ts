import { msOfDuration, msOfTimestamp } from './moment.ts'
import { pay, type Run } from './run.ts'

/** Neither an event nor a filter nests this deep; a value made by hand might, and would end the process. */
const maxDepth = 500

/**
 * Whether two values are equal: numbers by their value, whatever their type, lists and maps by what stands in them, values of different kinds
 * never. `undefined` when the steps are used up.
 */
export function equalValues(run: Run, left: unknown, right: unknown, depth = 0): boolean | undefined {
  if (typeof left === 'string' && typeof right === 'string') {
    if (left.length !== right.length) return false
    return pay(run, left.length >>> 6) ? left === right : undefined
  }
  if (left === right) return true
  if (isNumber(left) && isNumber(right)) return orderOfNumbers(left, right) === 0
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (depth > maxDepth) return undefined
  if (Array.isArray(left) || Array.isArray(right)) {
    return Array.isArray(left) && Array.isArray(right) && equalLists(run, left, right, depth)
  }
  const leftMs = msOfTimestamp(left) ?? msOfDuration(left)
  const rightMs = msOfTimestamp(right) ?? msOfDuration(right)
  if (leftMs !== undefined || rightMs !== undefined) {
    return leftMs === rightMs && (msOfTimestamp(left) === undefined) === (msOfTimestamp(right) === undefined)
  }
  return equalMaps(run, left as Record<string, unknown>, right as Record<string, unknown>, depth)
}

function equalLists(run: Run, left: readonly unknown[], right: readonly unknown[], depth: number): boolean | undefined {
  if (left.length !== right.length) return false
  for (const [index, item] of left.entries()) {
    if (!pay(run, 2)) return undefined
    const equal = equalValues(run, item, right[index], depth + 1)
    if (equal !== true) return equal
  }
  return true
}

function equalMaps(
  run: Run,
  left: Readonly<Record<string, unknown>>,
  right: Readonly<Record<string, unknown>>,
  depth: number,
): boolean | undefined {
  const keys = Object.keys(left)
  const others = Object.keys(right)
  if (!pay(run, (keys.length + others.length) * 4)) return undefined
  if (keys.length !== others.length) return false
  for (const key of keys) {
    if (!Object.hasOwn(right, key)) return false
    const equal = equalValues(run, left[key], right[key], depth + 1)
    if (equal !== true) return equal
  }
  return true
}

/**
 * Below, above or equal as a number below, above or equal to 0; `NaN` for a number that is none. `undefined` for values that have no order,
 * `'too-costly'` when the steps are used up.
 */
export function orderOf(run: Run, left: unknown, right: unknown): number | undefined | 'too-costly' {
  if (isNumber(left) && isNumber(right)) return orderOfNumbers(left, right)
  if (typeof left === 'string' && typeof right === 'string') {
    return pay(run, Math.min(left.length, right.length) >>> 4) ? orderOfTexts(left, right) : 'too-costly'
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right)
  const timestamps = difference(msOfTimestamp(left), msOfTimestamp(right))
  return timestamps ?? difference(msOfDuration(left), msOfDuration(right))
}

/** Exact for an integer and a number too: neither is rounded to the other's type. */
function orderOfNumbers(left: number | bigint, right: number | bigint): number {
  if (left < right) return -1
  if (left > right) return 1
  return left >= right ? 0 : Number.NaN
}

/** By code point, as UTF-8 and so ClickHouse and CEL order them; `<` would put U+1F600 before U+FF21. */
function orderOfTexts(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let at = 0; at < length; at += 1) {
    const l = left.charCodeAt(at)
    const r = right.charCodeAt(at)
    if (l !== r) return rankOf(l) - rankOf(r)
  }
  return left.length - right.length
}

/** Units of pairs stand for code points above all others. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

function difference(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left - right
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}
