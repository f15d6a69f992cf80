import { decodeIndex, type IndexedEntry } from './index-codec.ts'
import type { Seal, SealedSegment } from './seal.ts'
import type { SealStore } from './seal-store.ts'
import { type Pulled, pulled } from '../verify/pulled.ts'
import { createSegmentDigest, type SegmentDigest } from './entry-hash.ts'

/** A segment while it is checked. */
export interface OpenSegment {
  readonly seal: Seal
  readonly segment: SealedSegment
  readonly digest: SegmentDigest
  /** Whether every entry was there, so that the digest can be compared. */
  isWhole: boolean
}

/** An entry that must stand in the log, and the segments that say so: more than one where a topic was made again. */
export interface ExpectedEntry extends IndexedEntry {
  readonly segments: readonly OpenSegment[]
}

interface ActiveSegment {
  readonly open: OpenSegment
  readonly entries: Pulled<IndexedEntry>
}

export function openSegment(seal: Seal, segment: SealedSegment): OpenSegment {
  return { seal, segment, digest: createSegmentDigest(), isWhole: true }
}

/**
 * What the segments of one partition together say must be there, by offset, then Kafka time. Ranges overlap only where a topic was made again; a
 * segment is opened when its range begins, so that of a year of seals one is held at a time.
 */
export async function* expectedEntries(
  store: SealStore,
  segments: readonly OpenSegment[],
): AsyncGenerator<ExpectedEntry> {
  const waiting = segments.toSorted((left, right) => compare(left.segment.from, right.segment.from))
  let active: ActiveSegment[] = []
  try {
    for (;;) {
      const heads = await headsOf(active)
      active = heads.map(({ of }) => of)
      const first = heads.reduce<IndexedEntry | undefined>(
        (least, { entry }) => (least === undefined || comparePlaces(entry, least) < 0 ? entry : least),
        undefined,
      )
      const [next] = waiting
      if (next !== undefined && (first === undefined || next.segment.from <= first.offset)) {
        waiting.shift()
        active.push({ open: next, entries: pulled(entriesOf(store, next)) })
        continue
      }
      if (first === undefined) return
      const same = heads.filter(({ entry }) => comparePlaces(entry, first) === 0)
      yield { ...first, segments: same.map(({ of }) => of.open) }
      for (const { of } of same) await of.entries.next()
    }
  } finally {
    await Promise.all(active.map(({ entries }) => entries.close()))
  }
}

async function headsOf(
  active: readonly ActiveSegment[],
): Promise<readonly { readonly of: ActiveSegment; readonly entry: IndexedEntry }[]> {
  const heads = await Promise.all(active.map(async (of) => ({ of, entry: await of.entries.peek() })))
  return heads.flatMap(({ of, entry }) => (entry === undefined ? [] : [{ of, entry }]))
}

function entriesOf(store: SealStore, { seal, segment }: OpenSegment): AsyncIterable<IndexedEntry> {
  return decodeIndex(store.index(seal, segment), segment.from)
}

/** By offset, then Kafka time. */
export function comparePlaces(
  left: { readonly offset: bigint; readonly timestampMs: bigint },
  right: { readonly offset: bigint; readonly timestampMs: bigint },
): number {
  return compare(left.offset, right.offset) || compare(left.timestampMs, right.timestampMs)
}

function compare(left: bigint, right: bigint): number {
  return left === right ? 0 : left < right ? -1 : 1
}
