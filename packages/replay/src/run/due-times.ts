import type { AuditEntry, Clock } from '@ledgerbus/core'

/** Some entries of a page and when they are due, on the monotonic clock. */
export interface DueEntries {
  readonly entries: readonly AuditEntry[]
  readonly dueMs: number
}

/** Entries due within so short a time go out together: a transaction takes about as long. */
const togetherMs = 20
/** Whoever is so late gives up making up for it: a flood is what the original speed is to avoid. */
const mostLateMs = 1_000

/**
 * Keeps the gaps between the Kafka times of entries, divided by `speed` and no longer than `maxGapMs`. The first entry is due at once.
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
    if (previousMs === undefined) dueMs = nowMs
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
      if (part.length > 0 && entryDueMs > partDueMs + togetherMs) {
        yield { entries: part, dueMs: partDueMs }
        part = []
      }
      if (part.length === 0) partDueMs = entryDueMs
      part.push(entry)
    }
    if (part.length > 0) yield { entries: part, dueMs: partDueMs }
  }
}
