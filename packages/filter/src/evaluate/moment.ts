import { canonicalTimestamp, timestampOf } from '@ledgerbus/core'

const timestampMs: unique symbol = Symbol('timestamp')
const durationMs: unique symbol = Symbol('duration')

/** A point in time, in whole milliseconds since 1970: what Kafka and the envelope keep. */
export interface Timestamp {
  readonly [timestampMs]: number
}

/** A length of time in whole milliseconds, negative ones included. */
export interface Duration {
  readonly [durationMs]: number
}

// Years 0001 to 9999, as CEL has them, and the longest duration between two of them.
const earliestMs = -62_135_596_800_000
const latestMs = 253_402_300_799_999
const longestMs = latestMs - earliestMs

/** `undefined` outside the years 1 to 9999. */
export function timestampAt(ms: number): Timestamp | undefined {
  return ms >= earliestMs && ms <= latestMs ? { [timestampMs]: ms } : undefined
}

/** `undefined` when longer than from year 1 to 9999. */
export function durationOf(ms: number): Duration | undefined {
  return Math.abs(ms) <= longestMs ? { [durationMs]: ms } : undefined
}

/** Milliseconds of a timestamp, `undefined` for anything else. */
export function msOfTimestamp(value: unknown): number | undefined {
  return typeof value === 'object' && value !== null && timestampMs in value
    ? (value as Timestamp)[timestampMs]
    : undefined
}

/** Milliseconds of a duration, `undefined` for anything else. */
export function msOfDuration(value: unknown): number | undefined {
  return typeof value === 'object' && value !== null && durationMs in value
    ? (value as Duration)[durationMs]
    : undefined
}

const longestTimestamp = 40

/** RFC 3339, cut to milliseconds; `undefined` for any other text. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const canonical = text.length <= longestTimestamp ? canonicalTimestamp(text) : undefined
  return canonical === undefined ? undefined : timestampAt(Date.parse(canonical))
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }
const form = /^([-+]?)((?:\d{1,15}(?:\.\d{1,3})?(?:h|ms|m|s))+)$/
const part = /(\d+)(?:\.(\d+))?(h|ms|m|s)/g

/** `1h30m`, `-1.5s`, `250ms`: CEL's form without its units below a millisecond; `undefined` for any other text. */
export function parseDuration(text: string): Duration | undefined {
  const [, sign, parts] = (text.length <= 64 ? form.exec(text) : null) ?? []
  if (parts === undefined) return undefined
  let ms = 0
  for (const [, whole = '', fraction = '', unit = ''] of parts.matchAll(part)) {
    const thousandths = Number(fraction.padEnd(3, '0')) * (unitMs[unit] ?? 0)
    if (thousandths % 1_000 !== 0) return undefined
    ms += Number(whole) * (unitMs[unit] ?? 0) + thousandths / 1_000
  }
  // Not -0, which prints as such.
  return durationOf(sign === '-' && ms !== 0 ? -ms : ms)
}

/** The form that the wire has: UTC with milliseconds. */
export function timestampText(ms: number): string {
  return timestampOf(ms)
}

/** In seconds: `5400s`, `-0.25s`. */
export function durationText(ms: number): string {
  return `${ms / 1_000}s`
}
