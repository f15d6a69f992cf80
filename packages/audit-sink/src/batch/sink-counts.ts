import type { AuditReading } from '@ledgerbus/core'

/** What a sink has done since it was made. Records count when they are known to stand in the log. */
export interface SinkCounts {
  /** Records that stand in the log, whatever they hold. */
  readonly stored: number
  /** Of those: values that could not be read. */
  readonly undecodable: number
  /** Of those: records without a value. */
  readonly tombstones: number
  /** Inserts that were acknowledged. */
  readonly inserts: number
  /** Inserts that failed or whose outcome was unknown; each was repeated. */
  readonly repeatedInserts: number
}

/** What the records of one range turned out to be. */
export interface RangeTally {
  readonly records: number
  readonly undecodable: number
  readonly tombstones: number
}

/** Counts for a process. */
export interface Counter {
  stored(tally: RangeTally): void
  repeated(): void
  counts(): SinkCounts
}

export function createCounter(): Counter {
  let counts: SinkCounts = { stored: 0, undecodable: 0, tombstones: 0, inserts: 0, repeatedInserts: 0 }
  return {
    stored(tally) {
      counts = {
        ...counts,
        stored: counts.stored + tally.records,
        undecodable: counts.undecodable + tally.undecodable,
        tombstones: counts.tombstones + tally.tombstones,
        inserts: counts.inserts + 1,
      }
    },
    repeated() {
      counts = { ...counts, repeatedInserts: counts.repeatedInserts + 1 }
    },
    counts: () => counts,
  }
}

/** How a range's records read, learned while the log asks for it. */
export interface StatusBoard {
  set(index: number, status: AuditReading['status']): void
  tally(from: number, to: number): RangeTally
}

const codes: readonly (AuditReading['status'] | undefined)[] = [undefined, 'ok', 'tombstone', 'undecodable']

export function createStatusBoard(records: number): StatusBoard {
  const board = new Uint8Array(records)

  function count(status: AuditReading['status'], from: number, to: number): number {
    const code = codes.indexOf(status)
    return board.subarray(from, to).reduce((sum, found) => (found === code ? sum + 1 : sum), 0)
  }

  return {
    set(index, status) {
      board[index] = codes.indexOf(status)
    },
    tally: (from, to) => ({
      records: to - from,
      undecodable: count('undecodable', from, to),
      tombstones: count('tombstone', from, to),
    }),
  }
}
