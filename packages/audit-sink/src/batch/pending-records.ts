import type { ConsumerRecord, NextOffset } from '@ledgerbus/core'
import type { Predecoded } from '../reading/read-value.ts'
import { createRangeBatch, type PendingRecord, type RangeBatch } from './range-batch.ts'

/** Bytes that a held record takes besides its own. */
const overheadBytes = 200

/** How many bytes a record takes while it is held, about. */
function heldBytes({ key, value, headers }: ConsumerRecord, predecoded: Predecoded | undefined): number {
  let bytes = overheadBytes + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) bytes += 64 + header.name.length + (header.value?.length ?? 0)
  if (predecoded === undefined) return bytes
  return bytes + 2 * ('json' in predecoded ? predecoded.json.length : predecoded.problem.length)
}

/** A range that was cut, and the bytes it holds. */
export interface Cut {
  readonly batch: RangeBatch
  readonly bytes: number
}

/** The records of one partition that are not yet on their way into the log. */
export interface PendingRecords {
  readonly count: number
  readonly bytes: number
  /** When the oldest of them arrived; `undefined` when there is none. */
  readonly oldestAtMs: number | undefined
  /** The next offset to arrive. */
  readonly position: NextOffset
  /** Returns how many bytes it takes. */
  add(record: ConsumerRecord, atMs: number, predecoded?: Predecoded): number
  /** Offsets below `next` will not arrive any more: holes, which a range covers. */
  moveTo(next: NextOffset): void
  /** Begins anew at another offset; nothing may be pending. */
  restartAt(offset: bigint): void
  /** Takes the oldest records off, as one range; `undefined` when there is none. */
  cut(limits: { readonly maxRows: number; readonly maxBytes: number }): Cut | undefined
}

export function createPendingRecords(start: NextOffset): PendingRecords {
  let items: PendingRecord[] = []
  let bytes = 0
  let rangeStart: bigint = start
  let position = start

  return {
    get count() {
      return items.length
    },
    get bytes() {
      return bytes
    },
    get oldestAtMs() {
      return items[0]?.atMs
    },
    get position() {
      return position
    },
    add(record, atMs, predecoded) {
      const item = {
        record,
        bytes: heldBytes(record, predecoded),
        atMs,
        ...(predecoded !== undefined && { predecoded }),
      }
      items.push(item)
      bytes += item.bytes
      position = (record.offset + 1n) as NextOffset
      return item.bytes
    },
    moveTo(next) {
      if (next > position) position = next
      if (items.length === 0) rangeStart = position
    },
    restartAt(offset) {
      rangeStart = offset
      position = offset as NextOffset
    },
    cut({ maxRows, maxBytes }) {
      if (items.length === 0) return undefined
      const count = rowsWithin(items, maxRows, maxBytes)
      const taken = items.slice(0, count)
      const rest = items.slice(count)
      // With nothing left behind it, the range covers the holes up to the position as well.
      const next = rest.length === 0 ? position : (((taken.at(-1) as PendingRecord).record.offset + 1n) as NextOffset)
      const batch = createRangeBatch(taken, rangeStart, next)
      const takenBytes = taken.reduce((sum, item) => sum + item.bytes, 0)
      items = rest
      bytes -= takenBytes
      rangeStart = next
      return { batch, bytes: takenBytes }
    },
  }
}

/** At least one: a record larger than a batch is a batch. */
function rowsWithin(items: readonly PendingRecord[], maxRows: number, maxBytes: number): number {
  let bytes = 0
  const tooMany = items.findIndex((item, index) => {
    bytes += item.bytes
    return index > 0 && (index >= maxRows || bytes > maxBytes)
  })
  return tooMany < 0 ? items.length : tooMany
}
