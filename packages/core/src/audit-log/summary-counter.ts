import type { AuditEntry, AuditSummary } from '../ports/audit-log.ts'
import { countDistinctKeys, type KeyBounds } from './distinct-keys.ts'
import { eventTimeMs } from './event-time.ts'
import { knownEventOf } from './known-event.ts'
import { type EntryGroup, summaryOf } from './summary-of-groups.ts'

/** Adds entries up to a summary. */
export interface SummaryCounter {
  add(entry: AuditEntry): void
  summary(): AuditSummary
}

const dayMs = 86_400_000

/**
 * Counts entries, each given once, to what a summary tells, for those who fulfil the port. Memory: a text for each distinct key up to the bounds, and one group for each
 * name, version, partition, status and day. Beyond the bounds `keys` is what was counted up to there, and `keysCounted` says so; all else stays exact.
 */
export function countSummary(bounds: KeyBounds = {}): SummaryCounter {
  const groups = new Map<string, EntryGroup>()
  const keys = countDistinctKeys(bounds)
  return {
    add(entry) {
      const { topic, key } = entry.record
      if (key !== null) keys.add(topic, key)
      const group = groupOf(entry)
      const { name, version, cluster, partition, status, day } = group
      const id = JSON.stringify([name, version, cluster, topic, partition, status, day])
      const known = groups.get(id)
      groups.set(id, known === undefined ? group : joined(known, group))
    },
    summary: () => summaryOf([...groups.values()], keys.counted, keys.hasMore ? 'in-part' : undefined),
  }
}

function groupOf(entry: AuditEntry): EntryGroup {
  const { record, reading } = entry
  const event = knownEventOf(reading)
  const atMs = eventTimeMs(entry)
  return {
    name: event?.name ?? '',
    version: event?.version ?? 0,
    cluster: record.cluster,
    topic: record.topic,
    partition: record.partition,
    status: reading.status,
    day: Math.floor(atMs / dayMs),
    entries: 1,
    bytes: (record.value?.length ?? 0) + (record.key?.length ?? 0),
    firstMs: atMs,
    lastMs: atMs,
    highestOffset: record.offset,
  }
}

function joined(left: EntryGroup, right: EntryGroup): EntryGroup {
  return {
    ...left,
    entries: left.entries + right.entries,
    bytes: left.bytes + right.bytes,
    firstMs: Math.min(left.firstMs, right.firstMs),
    lastMs: Math.max(left.lastMs, right.lastMs),
    highestOffset: left.highestOffset > right.highestOffset ? left.highestOffset : right.highestOffset,
  }
}
