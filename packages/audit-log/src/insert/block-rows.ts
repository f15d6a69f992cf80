import type { AuditReading } from '@ledgerbus/core'
import { type CoordinatesList, createCoordinatesList } from './coordinates-digest.ts'
import type { PieceStore } from './piece-store.ts'
import { createRowStream, type RowStream } from './row-stream.ts'

/** What a block and its parts have in common: rows of two tables, and which record's are where. */
export interface BlockRows {
  readonly events: RowStream
  readonly quarantine: RowStream
  readonly coordinates: CoordinatesList
  /** Where the rows of a table end that belong to the first `count` records. */
  end(table: 'events' | 'quarantine', count: number): number
  isQuarantined(index: number): boolean
  /** How many of `[from, to)` stand in quarantine. */
  quarantined(from: number, to: number): number
  count(status: AuditReading['status'], from: number, to: number): number
  /** The rows of a record are whole. */
  noted(index: number, status: AuditReading['status'], isQuarantined: boolean): void
}

const quarantineBit = 0x80
const statuses: readonly AuditReading['status'][] = ['ok', 'tombstone', 'undecodable']
const firstRecords = 256

export function createBlockRows(store: PieceStore): BlockRows {
  const events = createRowStream(store)
  const quarantine = createRowStream(store)
  const coordinates = createCoordinatesList()
  /** By record: its status, and in which table it is. */
  let kinds = new Uint8Array(firstRecords)
  let eventsEnd = new Float64Array(firstRecords)
  let quarantineEnd = new Float64Array(firstRecords)

  function count(from: number, to: number, holds: (kind: number) => boolean): number {
    let found = 0
    for (let index = from; index < to; index += 1) if (holds(kinds[index] as number)) found += 1
    return found
  }

  function grow(): void {
    const [olderKinds, olderEvents, olderQuarantine] = [kinds, eventsEnd, quarantineEnd]
    const length = kinds.length * 2
    kinds = new Uint8Array(length)
    kinds.set(olderKinds)
    eventsEnd = new Float64Array(length)
    eventsEnd.set(olderEvents)
    quarantineEnd = new Float64Array(length)
    quarantineEnd.set(olderQuarantine)
  }

  return {
    events,
    quarantine,
    coordinates,
    end: (table, records) =>
      records === 0 ? 0 : ((table === 'events' ? eventsEnd : quarantineEnd)[records - 1] as number),
    isQuarantined: (index) => ((kinds[index] as number) & quarantineBit) !== 0,
    quarantined: (from, to) => count(from, to, (kind) => (kind & quarantineBit) !== 0),
    count(status, from, to) {
      const code = statuses.indexOf(status)
      return count(from, to, (kind) => (kind & ~quarantineBit) === code)
    },
    noted(index, status, isQuarantined) {
      if (index === kinds.length) grow()
      kinds[index] = statuses.indexOf(status) | (isQuarantined ? quarantineBit : 0)
      eventsEnd[index] = events.endRow()
      quarantineEnd[index] = quarantine.endRow()
    },
  }
}
