import type { ProducerRecord } from '@ledgerbus/core'
import { copyRecord, sizeOf } from '../records/copy-record.ts'

/** One transaction as the logs see it: its records show once it is committed, and never if it is aborted. */
export interface LogTransaction {
  state: 'open' | 'committed' | 'aborted'
}

/** A record where it stands. */
export interface StoredRecord {
  readonly offset: bigint
  readonly record: ProducerRecord
}

/** What a fetch found: the visible records, and the position behind all that was looked at. */
export interface LogSlice {
  readonly records: readonly StoredRecord[]
  readonly nextOffset: bigint
}

/** Bounds of a fetch. The first record always comes, however large. */
export interface ReadLimits {
  readonly maxBytes: number
  readonly maxRecords: number
}

/** One partition: what was appended, in offset order, with the holes that compaction and transactions leave. */
export interface PartitionLog {
  readonly low: bigint
  readonly end: bigint
  /** Readers of committed records stop here: what follows an open transaction waits for its end. */
  readonly stableEnd: bigint
  /** Appends and returns the first offset. */
  append(records: readonly ProducerRecord[], transaction?: LogTransaction): bigint
  /** Writes the marker that ends a transaction here; it takes an offset and is never delivered. */
  endTransaction(transaction: LogTransaction): void
  /** Committed records from `position` on, up to the first open transaction. */
  read(position: bigint, limits: ReadLimits): LogSlice
  deleteBelow(offset: bigint): void
  /** Keeps the newest record of each key; the others become holes. */
  compact(): void
  /** Calls `listener` whenever a reader may see something new. Returns what ends it. */
  onChange(listener: () => void): () => void
}

interface Slot {
  readonly offset: bigint
  /** Absent: a transaction's marker. */
  readonly record?: ProducerRecord
  readonly transaction?: LogTransaction | undefined
}

/** The first slot at or behind `offset`: compaction leaves holes, so the place cannot be computed. */
function indexAt(slots: readonly Slot[], offset: bigint): number {
  let from = 0
  let to = slots.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((slots[middle] as Slot).offset < offset) from = middle + 1
    else to = middle
  }
  return from
}

function isVisible(slot: Slot): slot is Slot & { readonly record: ProducerRecord } {
  return slot.record !== undefined && (slot.transaction === undefined || slot.transaction.state === 'committed')
}

/** @param firstOffset where the partition begins; beyond 2^53 in tests of what numbers cannot hold */
export function createPartitionLog(firstOffset: bigint): PartitionLog {
  let slots: Slot[] = []
  let low = firstOffset
  let end = firstOffset
  const open = new Map<LogTransaction, bigint>()
  const listeners = new Set<() => void>()

  function changed(): void {
    for (const listener of [...listeners]) listener()
  }

  function stableEnd(): bigint {
    let stable = end
    for (const first of open.values()) if (first < stable) stable = first
    return stable
  }

  return {
    get low() {
      return low
    },
    get stableEnd() {
      return stableEnd()
    },
    get end() {
      return end
    },
    append(records, transaction) {
      const base = end
      if (transaction !== undefined && !open.has(transaction)) open.set(transaction, base)
      for (const record of records) {
        slots.push({ offset: end, record: copyRecord(record), transaction })
        end += 1n
      }
      changed()
      return base
    },
    endTransaction(transaction) {
      open.delete(transaction)
      slots.push({ offset: end })
      end += 1n
      changed()
    },
    read(position, { maxBytes, maxRecords }) {
      const stable = stableEnd()
      const records: StoredRecord[] = []
      let bytes = 0
      for (let index = indexAt(slots, position); index < slots.length; index += 1) {
        const slot = slots[index] as Slot
        if (slot.offset >= stable) break
        if (!isVisible(slot)) continue
        const full = records.length >= maxRecords || (records.length > 0 && bytes + sizeOf(slot.record) > maxBytes)
        if (full) return { records, nextOffset: slot.offset }
        bytes += sizeOf(slot.record)
        records.push({ offset: slot.offset, record: copyRecord(slot.record) })
      }
      return { records, nextOffset: stable > position ? stable : position }
    },
    deleteBelow(offset) {
      low = offset > end ? end : offset > low ? offset : low
      slots = slots.slice(indexAt(slots, low))
      changed()
    },
    compact() {
      const stable = stableEnd()
      const newest = new Map<string, bigint>()
      for (const slot of slots) {
        if (slot.offset < stable && isVisible(slot) && slot.record.key !== null)
          newest.set(slot.record.key.join(), slot.offset)
      }
      slots = slots.filter((slot) => {
        if (slot.offset >= stable) return true
        if (!isVisible(slot)) return false
        return slot.record.key === null || newest.get(slot.record.key.join()) === slot.offset
      })
      changed()
    },
    onChange(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
