import type { AuditEntry, Clock } from '@ledgerbus/core'

/** Some entries of a page and when they are due, on the monotonic clock. */
export interface DueEntries {
  readonly entries: readonly AuditEntry[]
  readonly dueMs: number
}

/** Entries due within so short a time go out together: timers are not more exact. */
const togetherMs = 2
/** The first transaction of a run finds nothing open and warm: it gets more time than it needs, so that the first gap is not shortened by what it takes. */
const firstAheadMs = 200
/** Whoever is so late gives up making up for it: a flood is what the original speed is to avoid. */
const mostLateMs = 1_000

/**
 * Keeps the gaps between the Kafka times of entries, divided by `speed` and no longer than `maxGapMs`. The first entry is due in a moment. Each other moment is computed from the one before, not from
 * when the former entries went out, so what a transaction takes moves nothing that comes behind it. Entries that came due meanwhile go out together, else a run would fall behind wherever
 * gaps are shorter than a transaction.
 *
 * @param speed absent: everything is due at once
 */
export function createDueTimes(
  { speed, maxGapMs }: { readonly speed: number | undefined; readonly maxGapMs: number },
  clock: Clock,
): (page: readonly AuditEntry[]) => Iterable<DueEntries> {
  if (speed === undefined) return (page) => [{ entries: page, dueMs: clock.monotonicMs() }]
  let previousMs: number | undefined
  let dueMs = 0

  function next({ record }: AuditEntry): number {
    const timeMs = Number(record.timestampMs)
    const nowMs = clock.monotonicMs()
    // The first one sets the time: however long it took to come, the gap behind it is not to be made up for.
    if (previousMs === undefined) dueMs = nowMs + firstAheadMs
    else dueMs += Math.min(Math.max(0, timeMs - previousMs) / (speed as number), maxGapMs)
    previousMs = timeMs
    if (dueMs < nowMs - mostLateMs) dueMs = nowMs
    return dueMs
  }

  return function* inParts(page) {
    let part: AuditEntry[] = []
    let partDueMs = 0
    for (const entry of page) {
      const entryDueMs = next(entry)
      if (part.length > 0 && entryDueMs > Math.max(partDueMs + togetherMs, clock.monotonicMs())) {
        yield { entries: part, dueMs: partDueMs }
        part = []
      }
      if (part.length === 0) partDueMs = entryDueMs
      part.push(entry)
    }
    if (part.length > 0) yield { entries: part, dueMs: partDueMs }
  }
}
