/** `2026-01-31T12:00:00.000Z` of milliseconds since 1970. */
export function timestampOf(ms: number): string {
  return new Date(ms).toISOString()
}

const canonical = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** @param month 1 to 12 */
export function daysInMonth(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0
  return (monthDays[month - 1] ?? 0) + leap
}

/**
 * An RFC 3339 time in our one form: UTC, cut to milliseconds. `undefined` when the text is no such time: wrong form, a day that does not
 * exist, a leap second (which neither JavaScript nor Kafka can hold), a year that leaves 0000 to 9999 in UTC.
 */
export function canonicalTimestamp(text: string): string | undefined {
  // What we write ourselves, and so almost every time that is read.
  if (canonical.test(text)) return exists(text) ? text : undefined
  const match = rfc3339.exec(text)
  if (match === null || !exists(text)) return undefined
  const [, fraction, offset] = match
  if (offset !== undefined && offset.length > 1 && (Number(offset.slice(1, 3)) > 23 || Number(offset.slice(4)) > 59)) {
    return undefined
  }
  const milliseconds = `${(fraction ?? '.').slice(1, 4)}000`.slice(0, 3)
  const normal = new Date(`${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}${offset?.toUpperCase()}`)
  const result = normal.toISOString()
  return result.length === 24 ? result : undefined
}

/** Whether there is such a day and time, in the fixed places of an RFC 3339 time. */
function exists(text: string): boolean {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return false
  return twoDigits(text, 11) <= 23 && twoDigits(text, 14) <= 59 && twoDigits(text, 17) <= 59
}

const zero = 0x30

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - zero) * 10 + text.charCodeAt(at + 1) - zero
}
