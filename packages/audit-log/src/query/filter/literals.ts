import type { Parameters } from '../../clickhouse/statement.ts'

/** U+FFFD stands in a column for every half of a surrogate pair, so a text that holds it may mean several. */
export const replacement = '\uFFFD'

const half = /\p{Surrogate}/u

/** Whether a text is one to one with its bytes in a column. */
export function isPlain(text: string): boolean {
  return !half.test(text) && !text.includes(replacement)
}

/** A number as the server holds it, to the last bit: its reader of decimals may round otherwise than JavaScript's. */
export function doubleOf(value: number, parameters: Parameters): string {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  return `reinterpretAsFloat64(${parameters.one(bits.getBigUint64(0), 'UInt64')})`
}

/** A constant of a filter as a double, where that changes nothing. */
export function exactNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'bigint') return undefined
  const double = Number(value)
  return Number.isSafeInteger(double) ? double : undefined
}
