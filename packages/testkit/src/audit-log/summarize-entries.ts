import { type AuditEntry, type AuditSummary, knownEventOf, type PartitionBound } from '@ledgerbus/core'
import { eventTimeMs } from './selection-match.ts'

type Part = string | number

interface Group {
  readonly parts: readonly Part[]
  readonly members: readonly AuditEntry[]
}

/** Groups of entries with equal parts, rising part by part. */
function grouped(entries: readonly AuditEntry[], partsOf: (entry: AuditEntry) => readonly Part[]): readonly Group[] {
  const groups = new Map<string, { readonly parts: readonly Part[]; readonly members: AuditEntry[] }>()
  for (const entry of entries) {
    const parts = partsOf(entry)
    const key = JSON.stringify(parts)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { parts, members: [entry] })
    else group.members.push(entry)
  }
  return [...groups.values()].sort((left, right) => compareParts(left.parts, right.parts))
}

function compareParts(left: readonly Part[], right: readonly Part[]): number {
  const at = left.findIndex((part, index) => part !== right[index])
  const [one, other] = [left[at], right[at]]
  if (one === undefined || other === undefined) return 0
  return one < other ? -1 : 1
}

function dayOf(entry: AuditEntry): string {
  return new Date(eventTimeMs(entry)).toISOString().slice(0, -'T00:00:00.000Z'.length)
}

function boundOf({ parts, members }: Group): PartitionBound {
  const [cluster, topic, partition] = parts as readonly [string, string, number]
  const highest = members.reduce((found, { record }) => (record.offset > found ? record.offset : found), -1n)
  return { cluster, topic, partition, below: highest + 1n }
}

/** Distinct (topic, key); a record without a key has none to count. */
function countKeys(entries: readonly AuditEntry[]): number {
  const keys = entries.flatMap(({ record }) => (record.key === null ? [] : [`${record.topic}\n${record.key.join()}`]))
  return new Set(keys).size
}

/** What these entries are, in figures. Every list is in a fixed order, so that equal logs give equal summaries. */
export function summarizeEntries(entries: readonly AuditEntry[]): AuditSummary {
  const events = entries.filter((entry) => knownEventOf(entry.reading) !== undefined)
  const times = entries.map(eventTimeMs)
  return {
    entries: entries.length,
    bytes: entries.reduce((sum, { record }) => sum + (record.key?.length ?? 0) + (record.value?.length ?? 0), 0),
    keys: countKeys(entries),
    byName: grouped(events, (entry) => {
      const event = knownEventOf(entry.reading)
      return event === undefined ? [] : [event.name, event.version]
    }).map(({ parts, members }) => {
      const [name, version] = parts as readonly [string, number]
      return { name, version, entries: members.length }
    }),
    byTopic: grouped(entries, ({ record }) => [record.topic]).map(({ parts, members }) => ({
      topic: parts[0] as string,
      entries: members.length,
    })),
    byDay: grouped(entries, (entry) => [dayOf(entry)]).map(({ parts, members }) => ({
      day: parts[0] as string,
      entries: members.length,
    })),
    byStatus: grouped(entries, ({ reading }) => [reading.status]).map(({ members }) => ({
      status: (members[0] as AuditEntry).reading.status,
      entries: members.length,
    })),
    ...(times.length > 0 && {
      firstMs: times.reduce((first, ms) => Math.min(first, ms)),
      lastMs: times.reduce((last, ms) => Math.max(last, ms)),
    }),
    bounds: grouped(entries, ({ record: { cluster, topic, partition } }) => [cluster, topic, partition]).map(boundOf),
  }
}
