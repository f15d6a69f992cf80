import type { AuditDimension, AuditInterval } from '../ports/audit-log.ts'

/** How long an interval is, and a moment at which one begins, in milliseconds. */
export const auditIntervals: Readonly<Record<AuditInterval, { readonly lengthMs: number; readonly startMs: number }>> =
  Object.freeze({
    minute: { lengthMs: 60_000, startMs: 0 },
    hour: { lengthMs: 3_600_000, startMs: 0 },
    day: { lengthMs: 86_400_000, startMs: 0 },
    // 1970 began on a Thursday.
    week: { lengthMs: 604_800_000, startMs: 4 * 86_400_000 },
  })

const dimensions: readonly AuditDimension[] = ['name', 'topic', 'status', 'organization', 'actor']
const maxGroups = 100_000

/** What cannot be counted, each in a sentence: flags and programs without types may bring anything. */
export function statsProblems(options: {
  readonly by: readonly AuditDimension[]
  readonly interval?: AuditInterval | undefined
  readonly limit: number
}): readonly string[] {
  const { by, interval, limit } = options
  const isLimit = Number.isInteger(limit) && limit >= 1 && limit <= maxGroups
  return [
    ...by
      .filter((dimension) => !dimensions.includes(dimension))
      .map((dimension) => `nothing is counted by "${dimension}"`),
    ...(interval === undefined || Object.hasOwn(auditIntervals, interval)
      ? []
      : [`there is no interval "${interval}"`]),
    ...(isLimit ? [] : [`limit must be a whole number from 1 to ${maxGroups}, not ${limit}`]),
  ]
}
