import type { Coordinates } from '@ledgerbus/core'
import { type AuditFinding, coordinatesOf, type EntryPart, type FindingKind } from './audit-finding.ts'

/** Collects findings: counts all of them, keeps the first few, and recognises what only moved. */
export interface FindingList {
  /** @param content names what stands there: equal names are equal contents */
  missing(at: Coordinates, content: string): void
  foreign(at: Coordinates, content: string): void
  differing(at: Coordinates, parts: readonly EntryPart[], options?: { readonly isHidden: boolean }): void
  moved(to: Coordinates, from: Coordinates): void
  doubled(at: Coordinates): void
  countsOf(partition: { readonly topic: string; readonly partition: number }): Readonly<Record<FindingKind, number>>
  total(): number
  /** By topic, partition and offset. */
  list(): readonly AuditFinding[]
}

/** So many contents are remembered to find where a missing one went; some 100 bytes each. Beyond it they stay missing here and foreign there. */
const mostRemembered = 100_000

type Counts = Record<FindingKind, number>

/** @param limit how many are kept */
export function createFindingList(limit: number): FindingList {
  const kept = new Set<AuditFinding>()
  const counts = new Map<string, Counts>()
  /** Without a counterpart so far, by content. */
  const open = { missing: new Map<string, Coordinates[]>(), foreign: new Map<string, Coordinates[]>() }
  /** The findings of what is open, to take them back. */
  const keptAt = new Map<Coordinates, AuditFinding>()

  function countsAt({ topic, partition }: { readonly topic: string; readonly partition: number }): Counts {
    const name = `${topic}/${partition}`
    const known = counts.get(name) ?? { missing: 0, foreign: 0, differing: 0, moved: 0, doubled: 0 }
    counts.set(name, known)
    return known
  }

  function add(finding: AuditFinding): void {
    countsAt(finding)[finding.kind] += 1
    if (kept.size < limit) kept.add(finding)
  }

  function takeBack(kind: 'missing' | 'foreign', at: Coordinates): void {
    countsAt(at)[kind] -= 1
    const finding = keptAt.get(at)
    if (finding !== undefined) kept.delete(finding)
    keptAt.delete(at)
  }

  function addMoved(to: Coordinates, from: Coordinates): void {
    add({ kind: 'moved', ...coordinatesOf(to), movedFrom: coordinatesOf(from) })
  }

  function addOpen(kind: 'missing' | 'foreign', at: Coordinates, content: string): void {
    const place = coordinatesOf(at)
    const finding: AuditFinding = { kind, ...place }
    add(finding)
    const places = open[kind].get(content)
    if (places === undefined && open[kind].size >= mostRemembered) return
    if (places === undefined) open[kind].set(content, [place])
    else places.push(place)
    if (kept.has(finding)) keptAt.set(place, finding)
  }

  function counterpart(kind: 'missing' | 'foreign', content: string): Coordinates | undefined {
    const places = open[kind].get(content)
    const place = places?.shift()
    if (places?.length === 0) open[kind].delete(content)
    if (place !== undefined) takeBack(kind, place)
    return place
  }

  return {
    missing(at, content) {
      const to = counterpart('foreign', content)
      if (to === undefined) addOpen('missing', at, content)
      else addMoved(to, at)
    },
    foreign(at, content) {
      const from = counterpart('missing', content)
      if (from === undefined) addOpen('foreign', at, content)
      else addMoved(at, from)
    },
    differing(at, parts, { isHidden } = { isHidden: false }) {
      add({ kind: 'differing', ...coordinatesOf(at), parts, ...(isHidden && { isHidden }) })
    },
    moved: addMoved,
    doubled(at) {
      add({ kind: 'doubled', ...coordinatesOf(at) })
    },
    countsOf: (partition) => ({ ...countsAt(partition) }),
    total: () => [...counts.values()].reduce((sum, one) => sum + Object.values(one).reduce((all, n) => all + n, 0), 0),
    list: () => [...kept].sort(byPlace),
  }
}

function byPlace(left: AuditFinding, right: AuditFinding): number {
  for (const field of ['topic', 'partition', 'offset', 'timestampMs'] as const) {
    if (left[field] !== right[field]) return left[field] < right[field] ? -1 : 1
  }
  return 0
}
