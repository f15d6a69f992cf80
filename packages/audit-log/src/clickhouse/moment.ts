import type { Parameters } from './statement.ts'

/** Beyond every time that fits into 64 bits of milliseconds, less a margin for rounding. */
const farMs = 9.2e18

/** Milliseconds as ClickHouse's time, exact from the year 1 to 9999 and beyond; a column compared with it keeps its index. */
export function momentOf(ms: number | bigint, parameters: Parameters): string {
  const whole = typeof ms === 'bigint' ? ms : BigInt(Math.ceil(Math.min(Math.max(ms, -farMs), farMs)))
  return `fromUnixTimestamp64Milli(${parameters.one(whole, 'Int64')}, 'UTC')`
}
