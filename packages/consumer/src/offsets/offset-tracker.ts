import type { NextOffset } from '@ledgerbus/core'
import type { OffsetRuns } from './finished-map.ts'

/** What the group says of a partition when it is taken over. */
export interface TakenOver {
  /** Where the group stands; `undefined`: nowhere yet. */
  readonly committed: NextOffset | undefined
  /** What is finished ahead of it. */
  readonly finished: OffsetRuns
}

/**
 * How a record that arrives stands: `new`; `again`, as its batch came before; `restored`, as it was finished before the partition was taken
 * over.
 */
export type Arrival = 'new' | 'again' | 'restored'

/** Knows which records of one partition are done, and so how far the group may commit. */
export interface OffsetTracker {
  /** Records arrive in ascending offset order. Only those that are `new` have to be done. */
  received(offset: bigint, atMs: number): Arrival
  done(offset: bigint): void
  /** The position behind the last batch; holes between records are passed over with it. */
  moved(next: NextOffset): void
  /** Where a restarted group may begin: the lowest record that is not done, else the position. `undefined` before the first of either. */
  committable(): NextOffset | undefined
  /** What is finished ahead of `committable()`, holes included. */
  runs(): OffsetRuns
  /** Where the next batch begins; `undefined` before the first. */
  readonly position: NextOffset | undefined
  /** How many records are not done. */
  readonly open: number
  /** When the lowest record that is not done was received. */
  readonly oldestAtMs: number | undefined
  /** How many offsets lie between `committable()` and the position: without a map they come again after a restart. */
  readonly ahead: number
  /** Whether something behind the position was finished before the partition was taken over: what is read up to there is in the map already. */
  readonly hasRestoredAhead: boolean
}

/** Offsets from one on, up to and without the other. */
interface Range {
  readonly from: bigint
  readonly to: bigint
}

/** Below this many finished records in it the list is not shortened: each shortening copies the rest. */
const shortenFrom = 1_024

/**
 * It remembers only what is not done, so that a stuck record costs nothing however much is finished behind it: everything else below the position is
 * finished, or a hole of compaction and transaction markers, which never arrives.
 */
export function createOffsetTracker({ committed, finished }: TakenOver = nothing): OffsetTracker {
  const open = new Map<bigint, number>()
  /** Received offsets, ascending; before `head` all are done, behind it some. */
  let offsets: bigint[] = []
  let head = 0
  let position: bigint | undefined
  /** Finished before the partition was taken over, ascending; those wholly below the position are gone. */
  let restored = committed === undefined ? [] : toRanges(committed, finished)
  let passed = 0

  function passFinished(): void {
    for (let offset = offsets[head]; offset !== undefined && !open.has(offset); offset = offsets[head]) head += 1
    const done = offsets.length - open.size
    if (done < shortenFrom || done < open.size) return
    offsets = offsets.slice(head).filter((offset) => open.has(offset))
    head = 0
  }

  function passRestored(below: bigint): Range | undefined {
    for (let range = restored[passed]; range !== undefined && range.to <= below; range = restored[passed]) passed += 1
    if (passed >= shortenFrom) {
      restored = restored.slice(passed)
      passed = 0
    }
    return restored[passed]
  }

  function committable(): bigint | undefined {
    passFinished()
    const oldest = offsets[head]
    if (oldest !== undefined || position === undefined) return oldest
    const range = passRestored(position)
    return range !== undefined && range.from <= position ? range.to : position
  }

  /** Ascending and apart, from the lowest offset that is not done on. */
  function* finishedRanges(from: bigint, to: bigint): Generator<Range> {
    let next = from
    for (let index = head; index < offsets.length; index += 1) {
      const offset = offsets[index]
      if (offset === undefined || !open.has(offset)) continue
      if (offset > next) yield { from: next, to: offset }
      next = offset + 1n
    }
    if (to > next) {
      yield { from: next, to }
      next = to
    }
    // Not read yet, and finished all the same.
    for (let index = passed; index < restored.length; index += 1) {
      const range = restored[index]
      if (range !== undefined && range.to > next) yield { from: range.from > next ? range.from : next, to: range.to }
    }
  }

  return {
    received(offset, atMs) {
      if (position !== undefined && offset < position) return 'again'
      position = offset + 1n
      const range = passRestored(offset)
      if (range !== undefined && range.from <= offset) return 'restored'
      open.set(offset, atMs)
      offsets.push(offset)
      if (offsets.length > 2 * open.size + shortenFrom) passFinished()
      return 'new'
    },
    done(offset) {
      open.delete(offset)
    },
    moved(next) {
      if (position === undefined || next > position) position = next
    },
    committable: () => committable() as NextOffset | undefined,
    runs() {
      const from = committable()
      return from === undefined || position === undefined ? [] : toRuns(from, finishedRanges(from, position))
    },
    get position() {
      return position as NextOffset | undefined
    },
    get open() {
      return open.size
    },
    get oldestAtMs() {
      passFinished()
      const oldest = offsets[head]
      return oldest === undefined ? undefined : open.get(oldest)
    },
    get ahead() {
      passFinished()
      const oldest = offsets[head]
      return oldest === undefined || position === undefined ? 0 : Number(position - oldest)
    },
    get hasRestoredAhead() {
      return (position === undefined ? restored[passed] : passRestored(position)) !== undefined
    },
  }
}

const nothing: TakenOver = { committed: undefined, finished: [] }

function toRanges(committed: bigint, runs: OffsetRuns): readonly Range[] {
  const ranges: Range[] = []
  let from = committed
  runs.forEach((length, index) => {
    const to = from + BigInt(length)
    if (index % 2 === 1) ranges.push({ from, to })
    from = to
  })
  return ranges
}

function toRuns(commit: bigint, ranges: Iterable<Range>): OffsetRuns {
  const runs: number[] = []
  let next = commit
  for (const { from, to } of ranges) {
    const last = runs.length - 1
    if (from === next && last > 0) runs[last] = (runs[last] ?? 0) + Number(to - from)
    else runs.push(Number(from - next), Number(to - from))
    next = to
  }
  return runs
}
