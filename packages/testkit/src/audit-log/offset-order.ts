import type { AuditEntry, Coordinates, PartitionStart } from '@ledgerbus/core'
import { compareEntries } from './entry-order.ts'

/** Each partition by its offsets, the partitions side by side by time: each entry stands where the latest so far of its partition does. */
export function inOffsetOrder(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const latest = new Map<string, bigint>()
  return entries
    .toSorted((left, right) => compareEntries('partition', left.record, right.record))
    .map((entry) => {
      const { cluster, topic, partition, timestampMs } = entry.record
      const name = JSON.stringify([cluster, topic, partition])
      const before = latest.get(name) ?? timestampMs
      const atMs = before < timestampMs ? timestampMs : before
      latest.set(name, atMs)
      return { entry, atMs }
    })
    .sort((left, right) => (left.atMs < right.atMs ? -1 : left.atMs > right.atMs ? 1 : 0))
    .map(({ entry }) => entry)
}

/** Whether a record stands before the place where its partition is to begin. */
export function isBefore(
  { cluster, topic, partition, offset }: Coordinates,
  starts: readonly PartitionStart[],
): boolean {
  return starts.some(
    (start) =>
      start.cluster === cluster && start.topic === topic && start.partition === partition && offset < start.from,
  )
}
