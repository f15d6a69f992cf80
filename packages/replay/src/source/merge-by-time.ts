import type { AuditEntry, WaitOptions } from '@ledgerbus/core'
import type { PartitionPlace } from './time-cursor.ts'

/** One partition of a merge: where it begins, and its entries by offset. */
export interface MergePartition {
  readonly start: PartitionPlace
  read(wait: WaitOptions): AsyncGenerator<AuditEntry, void, undefined>
}

/** An entry and all places behind it. */
export interface MergedEntry {
  readonly entry: AuditEntry
  places(): readonly PartitionPlace[]
}

/** Moves of places since all of them were written down; a list that is shared by so many entries. */
interface Moves {
  readonly before: readonly PartitionPlace[]
  readonly list: { readonly index: number; readonly next: bigint }[]
}

const movesWrittenDown = 1_024

/**
 * The entries of several partitions by Kafka's time, each partition in the order of its offsets: the next one is always, of the partitions' next ones, the
 * earliest; of equal ones that of the partition named first. So the places say all that the rest of the order depends on.
 *
 * Memory: what each partition holds ready.
 */
export async function* mergeByTime(
  partitions: readonly MergePartition[],
  { signal }: WaitOptions,
): AsyncGenerator<MergedEntry, void, undefined> {
  const left = new AbortController()
  const either = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal])
  const readers = partitions.map((partition) => partition.read({ signal: either }))
  const places = partitions.map(({ start }) => start)
  let moves: Moves = { before: [...places], list: [] }
  try {
    const heads = await Promise.all(readers.map(async (reader) => headOf(await reader.next())))
    for (let index = earliest(heads); index >= 0; index = earliest(heads)) {
      const [head, place, reader] = [heads[index], places[index], readers[index]]
      if (head === undefined || place === undefined || reader === undefined) return
      const next = head.record.offset + 1n
      places[index] = { ...place, next }
      if (moves.list.length === movesWrittenDown) moves = { before: [...places], list: [] }
      else moves.list.push({ index, next })
      yield merged(head, moves)
      heads[index] = headOf(await reader.next())
    }
  } finally {
    left.abort()
    await Promise.allSettled(readers.map((reader) => reader.return()))
  }
}

function headOf(result: IteratorResult<AuditEntry, void>): AuditEntry | undefined {
  return result.done === true ? undefined : result.value
}

function earliest(heads: readonly (AuditEntry | undefined)[]): number {
  let found = -1
  for (const [index, head] of heads.entries()) {
    if (head === undefined) continue
    const best = heads[found]
    if (best === undefined || head.record.timestampMs < best.record.timestampMs) found = index
  }
  return found
}

/** The moves so far; more may be written behind them. */
function merged(entry: AuditEntry, { before, list }: Moves): MergedEntry {
  const count = list.length
  return {
    entry,
    places() {
      const places = [...before]
      for (const { index, next } of list.slice(0, count)) {
        const place = places[index]
        if (place !== undefined) places[index] = { ...place, next }
      }
      return places
    },
  }
}
