import type { OffsetStretch } from './offset-map.ts'
import type { OffsetSpan, OffsetWindow } from './offset-window.ts'

/** How much a window holds at most, unless a single stretch is more. */
export interface WindowSize {
  readonly rows: number
  readonly bytes: number
}

/**
 * Cuts a map into windows, each partition in the order of its offsets, the partitions side by side about as time went: the next stretch is always,
 * of the partitions' next ones, the one that begins earliest.
 */
export function* cutWindows(
  stretches: readonly OffsetStretch[],
  size: WindowSize,
): Generator<OffsetWindow, void, undefined> {
  let members: OffsetStretch[] = []
  let [rows, bytes] = [0, 0]
  for (const stretch of inReadingOrder(stretches)) {
    if (members.length > 0 && (rows + stretch.rows > size.rows || bytes + stretch.bytes > size.bytes)) {
      yield windowOf(members)
      members = []
      rows = 0
      bytes = 0
    }
    members.push(stretch)
    rows += stretch.rows
    bytes += stretch.bytes
  }
  if (members.length > 0) yield windowOf(members)
}

/**
 * Once a stretch is taken that begins late, the earlier ones behind it in its partition are next: nothing else begins before them. So each stretch
 * stands where the latest begin so far of its partition stands, and one sort does what taking the earliest again and again would.
 */
function inReadingOrder(stretches: readonly OffsetStretch[]): readonly OffsetStretch[] {
  const byOffset = stretches.toSorted((left, right) =>
    left.firstOffset < right.firstOffset ? -1 : left.firstOffset > right.firstOffset ? 1 : 0,
  )
  const latest = new Map<string, bigint>()
  const placed = byOffset.map((stretch) => {
    const partition = partitionOf(stretch)
    const before = latest.get(partition)
    const atMs = before === undefined || before < stretch.firstMs ? stretch.firstMs : before
    latest.set(partition, atMs)
    return { stretch, partition, atMs }
  })
  // The sort is stable: stretches of one partition at one time stay in the order of their offsets.
  return placed
    .sort((left, right) => {
      if (left.atMs !== right.atMs) return left.atMs < right.atMs ? -1 : 1
      return left.partition < right.partition ? -1 : left.partition > right.partition ? 1 : 0
    })
    .map(({ stretch }) => stretch)
}

function windowOf(members: readonly OffsetStretch[]): OffsetWindow {
  const spans = new Map<string, OffsetSpan>()
  let [firstMs, lastMs] = [members[0]?.firstMs ?? 0n, members[0]?.lastMs ?? 0n]
  for (const member of members) {
    const { cluster, topic, partition, firstOffset, lastOffset } = member
    const name = partitionOf(member)
    const from = spans.get(name)?.from ?? firstOffset
    spans.set(name, { cluster, topic, partition, from, below: lastOffset + 1n })
    if (member.firstMs < firstMs) firstMs = member.firstMs
    if (member.lastMs > lastMs) lastMs = member.lastMs
  }
  return { spans: [...spans.values()], firstMs, lastMs }
}

function partitionOf({ cluster, topic, partition }: OffsetStretch): string {
  return JSON.stringify([cluster, topic, partition])
}
