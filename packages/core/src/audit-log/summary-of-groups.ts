import type { AuditSummary, PartitionBound } from '../ports/audit-log.ts'
import type { AuditReading } from '../ports/audit-reading.ts'

/** Entries that agree in all that a summary tells apart. */
export interface EntryGroup {
  readonly name: string
  readonly version: number
  readonly cluster: string
  readonly topic: string
  readonly partition: number
  readonly status: AuditReading['status']
  /** Days since 1970. */
  readonly day: number
  readonly entries: number
  readonly bytes: number
  readonly firstMs: number
  readonly lastMs: number
  readonly highestOffset: bigint
}

/** Adds groups up. Every list is in a fixed order, so that equal logs give equal summaries. */
export function summaryOf(groups: readonly EntryGroup[], keys: number, keysCounted?: 'in-part'): AuditSummary {
  const events = groups.filter(({ name }) => name !== '')
  return {
    entries: sum(groups, 'entries'),
    bytes: sum(groups, 'bytes'),
    keys,
    ...(keysCounted !== undefined && { keysCounted }),
    byName: [...grouped(events, ({ name, version }) => [name, version])].map((group) => ({
      name: group[0].name,
      version: group[0].version,
      entries: sum(group, 'entries'),
    })),
    byTopic: grouped(groups, ({ topic }) => [topic]).map((group) => ({
      topic: group[0].topic,
      entries: sum(group, 'entries'),
    })),
    byDay: grouped(groups, ({ day }) => [day]).map((group) => ({
      day: dayText(group[0].day),
      entries: sum(group, 'entries'),
    })),
    byStatus: grouped(groups, ({ status }) => [status]).map((group) => ({
      status: group[0].status,
      entries: sum(group, 'entries'),
    })),
    ...(groups.length > 0 && {
      firstMs: groups.reduce((first, { firstMs }) => Math.min(first, firstMs), Number.POSITIVE_INFINITY),
      lastMs: groups.reduce((last, { lastMs }) => Math.max(last, lastMs), Number.NEGATIVE_INFINITY),
    }),
    bounds: grouped(groups, ({ cluster, topic, partition }) => [cluster, topic, partition]).map(boundOf),
  }
}

type Part = string | number

/** Groups of equal parts, rising part by part: numbers as numbers, texts by their UTF-16 units. */
function grouped(
  groups: readonly EntryGroup[],
  partsOf: (group: EntryGroup) => readonly Part[],
): readonly (readonly [EntryGroup, ...EntryGroup[]])[] {
  const found = new Map<string, { readonly parts: readonly Part[]; readonly members: [EntryGroup, ...EntryGroup[]] }>()
  for (const group of groups) {
    const parts = partsOf(group)
    const name = JSON.stringify(parts)
    const known = found.get(name)
    if (known === undefined) found.set(name, { parts, members: [group] })
    else known.members.push(group)
  }
  return [...found.values()].sort((left, right) => compare(left.parts, right.parts)).map(({ members }) => members)
}

function compare(left: readonly Part[], right: readonly Part[]): number {
  const at = left.findIndex((part, index) => part !== right[index])
  const [one, other] = [left[at], right[at]]
  if (one === undefined || other === undefined) return 0
  return one < other ? -1 : 1
}

function sum(groups: readonly EntryGroup[], figure: 'entries' | 'bytes'): number {
  return groups.reduce((total, group) => total + group[figure], 0)
}

function boundOf(group: readonly [EntryGroup, ...EntryGroup[]]): PartitionBound {
  const [{ cluster, topic, partition }] = group
  const highest = group.reduce((found, { highestOffset }) => (highestOffset > found ? highestOffset : found), 0n)
  return { cluster, topic, partition, below: highest + 1n }
}

/** Farthest day that JavaScript can name; a record may bear any time. */
const farthestDay = 100_000_000

function dayText(day: number): string {
  const nearest = Math.min(Math.max(day, -farthestDay), farthestDay)
  return new Date(nearest * 86_400_000).toISOString().slice(0, -'T00:00:00.000Z'.length)
}
