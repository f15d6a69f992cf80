import type { AuditRange, AuditRecord, ConsumerRecord, NextOffset } from '@ledgerbus/core'
import { type Predecoded, readValue } from '../reading/read-value.ts'
import { createStatusBoard, type RangeTally } from './sink-counts.ts'

/** A record that waits to be stored. */
export interface PendingRecord {
  readonly record: ConsumerRecord
  readonly predecoded?: Predecoded
  readonly bytes: number
  /** When it arrived, on the monotonic clock. */
  readonly atMs: number
}

/** One contiguous range on its way into the log. */
export interface RangeBatch {
  readonly range: AuditRange
  /** What the records turned out to be, once the log has read them. */
  tally(): RangeTally
  /** Two ranges that make up this one; a range of one record cannot be halved. */
  halves(): readonly [RangeBatch, RangeBatch] | undefined
}

/**
 * A batch of pending records.
 *
 * A value is read when the log asks how it reads, each time: 50,000 envelopes held at once would weigh several times their bytes.
 *
 * @param pending at least one, in offset order
 */
export function createRangeBatch(pending: readonly PendingRecord[], first: bigint, next: NextOffset): RangeBatch {
  const board = createStatusBoard(pending.length)
  const records = pending.map(
    ({ record, predecoded }, index): AuditRecord => ({
      record,
      get reading() {
        const reading = readValue(record.value, predecoded)
        board.set(index, reading.status)
        return reading
      },
    }),
  )

  function part(from: number, to: number, start: bigint, end: NextOffset): RangeBatch {
    const { cluster, topic, partition } = (records[from] as AuditRecord).record
    return {
      range: { cluster, topic, partition, first: start, next: end, records: records.slice(from, to) },
      tally: () => board.tally(from, to),
      halves() {
        if (to - from < 2) return undefined
        const middle = from + ((to - from) >> 1)
        const boundary = (records[middle] as AuditRecord).record.offset as NextOffset
        return [part(from, middle, start, boundary), part(middle, to, boundary, end)]
      },
    }
  }

  return part(0, records.length, first, next)
}
