import type { AuditEntry, PartitionStart } from '@ledgerbus/core'
import type { ReplayPosition, ReplaySource } from '../source/replay-source.ts'

/** The position behind entries that come next after a position, in the order in which they are read. */
export function positionBehind(
  position: ReplayPosition,
  entries: readonly AuditEntry[],
  source: Pick<ReplaySource, 'cursorOf'>,
): ReplayPosition {
  const last = entries.at(-1)
  if (last === undefined) return position
  if (position.order === 'time') return { order: 'time', cursor: source.cursorOf(last) }
  const starts = new Map(position.starts.map((start) => [nameOf(start), start]))
  for (const { record } of entries) {
    const { cluster, topic, partition, offset } = record
    starts.set(nameOf(record), { cluster, topic, partition, from: offset + 1n })
  }
  return { order: 'key', starts: [...starts.values()] }
}

function nameOf({ cluster, topic, partition }: Omit<PartitionStart, 'from'>): string {
  return `${partition}/${topic}/${cluster}`
}
