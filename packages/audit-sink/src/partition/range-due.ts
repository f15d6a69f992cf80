import type { OpenRange, RangeLimits } from '../batch/open-range.ts'

/** When a range is cut. */
export interface BatchLimits extends RangeLimits {
  /** While the partition has more than was read. */
  readonly maxAgeMs: number
  /** While it works off a backlog. */
  readonly backlogAgeMs: number
  /** While it has not. */
  readonly idleAgeMs: number
}

/** How a partition stands. */
export interface PartitionMoment {
  /** The partition's end when it was last seen. */
  readonly end: bigint
  /** Where its backlog ends; `undefined` without one. */
  readonly backlogEnd: bigint | undefined
  /** Up to here everything is stored, or is being so. */
  readonly confirmed: bigint
  /** When its position moved last, on the monotonic clock as `nowMs` is. */
  readonly movedAtMs: number
  readonly nowMs: number
  /** What there is shall be stored without waiting for more. */
  readonly isHurried: boolean
}

/** How long until the open range is to be cut, or its position to be confirmed; infinite while there is nothing of either. */
export function rangeDueInMs(open: OpenRange, limits: BatchLimits, moment: PartitionMoment): number {
  const { confirmed, movedAtMs, nowMs, isHurried } = moment
  if (open.isFull) return 0
  // A range that was recorded is stored as recorded or not at all.
  if (open.boundary !== undefined) return Number.POSITIVE_INFINITY
  if (open.oldestAtMs !== undefined) {
    return isHurried ? 0 : Math.max(0, open.oldestAtMs + ageMs(open, limits, moment) - nowMs)
  }
  if (open.position === confirmed) return Number.POSITIVE_INFINITY
  return isHurried ? 0 : Math.max(0, movedAtMs + limits.idleAgeMs - nowMs)
}

function ageMs({ position }: OpenRange, limits: BatchLimits, { end, backlogEnd }: PartitionMoment): number {
  // The last range of a backlog is full of what waited: it does not wait for a few newer records.
  if (backlogEnd !== undefined) return position < backlogEnd ? limits.backlogAgeMs : 0
  return position < end ? limits.maxAgeMs : limits.idleAgeMs
}
