import type { AuditBlock, AuditPartition } from '@ledgerbus/core'
import { nativeBlock } from '../row/native-block.ts'
import type { BlockRows } from './block-rows.ts'

/** Rows of a block for one table, ready to be sent. */
export interface EncodedRows {
  readonly records: number
  /** Of these records alone. */
  readonly digest: number
  /** One block of ClickHouse's Native format; none without records. */
  readonly pieces: readonly Uint8Array[]
}

/** A block as this package makes it. */
export interface EncodedBlock extends AuditBlock {
  /** What goes into a table. */
  rows(table: 'events' | 'quarantine'): EncodedRows
  /** The row of a block of one record, as it goes into quarantine because the server refuses it among the events. */
  refusedRow(): EncodedRows
  part(from: number, to: number): EncodedBlock
}

/** Whether a block was made here, and not by another fulfilment of the port. */
export function isEncodedBlock(block: AuditBlock): block is EncodedBlock {
  return 'refusedRow' in block
}

/** Some records of a block, `[from, to())`. */
export function createEncodedBlock(
  owner: AuditPartition,
  rows: BlockRows,
  from: number,
  to: () => number,
): EncodedBlock {
  const { cluster, topic, partition } = owner

  /** Which rows of a table are those of the records. */
  function placesIn(table: 'events' | 'quarantine'): readonly [first: number, end: number] {
    const before = rows.quarantined(0, from)
    const inQuarantine = rows.quarantined(from, to())
    return table === 'quarantine' ? [before, before + inQuarantine] : [from - before, to() - before - inQuarantine]
  }

  function digestOf(isInQuarantine: boolean, records: number): number {
    // As good as always all of them are events.
    if (records === to() - from) return rows.coordinates.digest(from, to())
    return rows.coordinates.digestWhere(from, to(), (index) => rows.isQuarantined(index) === isInQuarantine)
  }

  return {
    cluster,
    topic,
    partition,
    get records() {
      return to() - from
    },
    get bytes() {
      return rows.bytesOf(to()) - rows.bytesOf(from)
    },
    get digest() {
      return rows.coordinates.digest(from, to())
    },
    offsetAt: (index) => rows.coordinates.offsetAt(from + index),
    tally: () => ({
      tombstones: rows.count('tombstone', from, to()),
      undecodable: rows.count('undecodable', from, to()),
    }),
    part: (start, end) => createEncodedBlock(owner, rows, from + start, () => from + end),
    rows(table) {
      const [first, end] = placesIn(table)
      const records = end - first
      return {
        records,
        digest: digestOf(table === 'quarantine', records),
        pieces: nativeBlock(owner, rows[table], first, end),
      }
    },
    refusedRow() {
      const [first, end] = placesIn('events')
      return {
        records: 1,
        digest: rows.coordinates.digest(from, to()),
        pieces: nativeBlock(owner, rows.events, first, end, 'refused'),
      }
    },
  }
}
