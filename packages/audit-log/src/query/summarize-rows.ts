import type { AuditEntry, AuditSummary } from '@ledgerbus/core'
import { type EntryGroup, summaryOf } from './summary-of-groups.ts'

const dayMs = 86_400_000

/** The summary of entries that the process chose. Memory: a text for each distinct key, and one group for each name, version, partition, status and day. */
export async function summarizeRows(entries: AsyncIterable<AuditEntry>): Promise<AuditSummary> {
  const groups = new Map<string, EntryGroup>()
  const keys = new Set<string>()
  for await (const entry of entries) {
    const { topic, key } = entry.record
    if (key !== null)
      keys.add(`${topic}\n${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`)
    const group = groupOf(entry)
    const { name, version, cluster, partition, status, day } = group
    const id = JSON.stringify([name, version, cluster, topic, partition, status, day])
    const known = groups.get(id)
    groups.set(id, known === undefined ? group : joined(known, group))
  }
  return summaryOf([...groups.values()], keys.size)
}

function groupOf({ record, reading }: AuditEntry): EntryGroup {
  const envelope = reading.status === 'ok' ? reading.envelope : undefined
  const atMs = envelope === undefined ? Number(record.timestampMs) : Date.parse(envelope.timestamp)
  return {
    name: envelope?.name ?? '',
    version: envelope?.version ?? 0,
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
