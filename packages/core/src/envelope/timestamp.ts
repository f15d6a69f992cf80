/** `2026-01-31T12:00:00.000Z` of milliseconds since 1970. */
export function timestampOf(ms: number): string {
  return new Date(ms).toISOString()
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * An RFC 3339 time in our one form: UTC, cut to milliseconds. `undefined` when the text is no such time: wrong form, a day that does not
 * exist, a leap second (which neither JavaScript nor Kafka can hold), a year that leaves 0000 to 9999 in UTC.
 */
export function canonicalTimestamp(text: string): string | undefined {
  const match = rfc3339.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const [, , , , , , , fraction, offset] = match
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0
  if (month < 1 || month > 12 || day < 1 || day > (daysInMonth[month - 1] ?? 0) + leap) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  if (offset === 'Z' && fraction?.length === 4 && text[10] === 'T') return text
  if (offset !== undefined && offset.length > 1 && (Number(offset.slice(1, 3)) > 23 || Number(offset.slice(4)) > 59)) {
    return undefined
  }
  const milliseconds = `${(fraction ?? '.').slice(1, 4)}000`.slice(0, 3)
  const normal = new Date(`${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}${offset?.toUpperCase()}`)
  const result = normal.toISOString()
  return result.length === 24 ? result : undefined
}
