import type { Clock } from '@ledgerbus/core'
import type { SinkPartition } from '@ledgerbus/audit-sink'

/** Notices partitions that ought to move and do not. */
export interface StuckWatch {
  /** Looks at them now. Call it every few seconds. */
  observe(partitions: readonly SinkPartition[]): void
  /** Those that are behind, are not held or paused on purpose, and have not moved for too long. */
  stuck(): readonly string[]
}

/** An insert may take half a minute and be repeated; five minutes without a single commit is no load. */
const stuckAfterMs = 300_000

/**
 * Health that means progress. Kafka or ClickHouse being away is no reason to restart: the sink holds its partitions then, and says so.
 */
export function createStuckWatch(clock: Clock): StuckWatch {
  let seen = new Map<string, { readonly committed: bigint; readonly sinceMs: number }>()
  let waiting: readonly string[] = []

  return {
    observe(partitions) {
      const nowMs = clock.monotonicMs()
      const next: typeof seen = new Map()
      for (const { topic, partition, committed, lag, state } of partitions) {
        if (lag === 0n || state !== 'reading') continue
        const name = `${topic}/${partition}`
        const before = seen.get(name)
        next.set(name, before?.committed === committed ? before : { committed, sinceMs: nowMs })
      }
      seen = next
      waiting = [...next].filter(([, { sinceMs }]) => nowMs - sinceMs >= stuckAfterMs).map(([name]) => name)
    },
    stuck: () => waiting,
  }
}
