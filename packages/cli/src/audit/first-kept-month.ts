/**
 * The first month that is kept, `2026-01`, when so many whole months are kept beside the current one.
 *
 * @param nowMs in milliseconds since 1970
 */
export function firstKeptMonth(keepMonths: number, nowMs: number): string {
  const now = new Date(nowMs)
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - keepMonths))
  return first.toISOString().slice(0, 'YYYY-MM'.length)
}
