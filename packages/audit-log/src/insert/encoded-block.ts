import type { AuditBlock, AuditPartition } from '@ledgerbus/core'
import { endAuditRow } from '../row/audit-row-codec.ts'
import { createRowBinaryWriter } from '../row/row-binary-writer.ts'
import type { BlockRows } from './block-rows.ts'

/** Rows of a block for one table, ready to be sent. */
export interface EncodedRows {
  readonly records: number
  /** Of these records alone. */
  readonly digest: number
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

/** What a record takes besides its row. */
const overheadBytes = 33

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
  const spanOf = (table: 'events' | 'quarantine'): readonly [number, number] => [
    rows.end(table, from),
    rows.end(table, to()),
  ]

  function piecesOf(table: 'events' | 'quarantine'): readonly Uint8Array[] {
    const [start, end] = spanOf(table)
    return rows[table].bytes(start, end)
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
      const end = to()
      const before = rows.end('events', from) + rows.end('quarantine', from)
      return rows.end('events', end) + rows.end('quarantine', end) - before + (end - from) * overheadBytes
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
      const inQuarantine = rows.quarantined(from, to())
      const records = table === 'quarantine' ? inQuarantine : to() - from - inQuarantine
      return { records, digest: digestOf(table === 'quarantine', records), pieces: piecesOf(table) }
    },
    refusedRow() {
      const row = Buffer.concat(piecesOf('events'))
      const writer = createRowBinaryWriter(row.length + 16)
      // All of the row but its last column, the empty reason.
      writer.raw(row.subarray(0, -1))
      endAuditRow(writer, 'refused')
      return { records: 1, digest: rows.coordinates.digest(from, to()), pieces: [writer.written()] }
    },
  }
}
