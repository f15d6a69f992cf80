import type { AuditReading } from '@ledgerbus/core'
import { createTableColumns, type TableColumns } from '../row/table-columns.ts'
import { type CoordinatesList, createCoordinatesList } from './coordinates-digest.ts'
import type { PieceStore } from '../row/piece-store.ts'

/** What a block and its parts have in common: rows of two tables, and which record's are where. */
export interface BlockRows {
  readonly events: TableColumns
  readonly quarantine: TableColumns
  readonly coordinates: CoordinatesList
  /** What the first `count` records take, more or less. */
  bytesOf(count: number): number
  isQuarantined(index: number): boolean
  /** How many of `[from, to)` stand in quarantine. */
  quarantined(from: number, to: number): number
  count(status: AuditReading['status'], from: number, to: number): number
  /** The row of a record is whole. */
  noted(index: number, status: AuditReading['status'], isQuarantined: boolean, bytes: number): void
}

const quarantineBit = 0x80
const statuses: readonly AuditReading['status'][] = ['ok', 'tombstone', 'undecodable']
const firstRecords = 256

export function createBlockRows(store: PieceStore): BlockRows {
  /** By record: its status, and in which table it is. */
  let kinds = new Uint8Array(firstRecords)
  /** By record: what it and those before it take. */
  let bytesUpTo = new Float64Array(firstRecords)

  function count(from: number, to: number, holds: (kind: number) => boolean): number {
    let found = 0
    for (let index = from; index < to; index += 1) if (holds(kinds[index] as number)) found += 1
    return found
  }

  function grow(): void {
    const [olderKinds, olderBytes] = [kinds, bytesUpTo]
    kinds = new Uint8Array(olderKinds.length * 2)
    kinds.set(olderKinds)
    bytesUpTo = new Float64Array(olderBytes.length * 2)
    bytesUpTo.set(olderBytes)
  }

  const bytesOf = (records: number): number => (records === 0 ? 0 : (bytesUpTo[records - 1] as number))

  return {
    events: createTableColumns(store),
    quarantine: createTableColumns(store),
    coordinates: createCoordinatesList(),
    bytesOf,
    isQuarantined: (index) => ((kinds[index] as number) & quarantineBit) !== 0,
    quarantined: (from, to) => count(from, to, (kind) => (kind & quarantineBit) !== 0),
    count(status, from, to) {
      const code = statuses.indexOf(status)
      return count(from, to, (kind) => (kind & ~quarantineBit) === code)
    },
    noted(index, status, isQuarantined, bytes) {
      if (index === kinds.length) grow()
      kinds[index] = statuses.indexOf(status) | (isQuarantined ? quarantineBit : 0)
      bytesUpTo[index] = bytesOf(index) + bytes
    },
  }
}
