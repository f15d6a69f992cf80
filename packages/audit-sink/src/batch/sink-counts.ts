import type { AuditBlock } from '@ledgerbus/core'

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
  /** Ranges that were recorded by an owner of the partition before, and stored exactly as recorded. */
  readonly recovered: number
  /** Records that were read and not stored, for they stood already. Looked up only where nothing recorded says what was inserted. */
  readonly foundStanding: number
}

/** Counts for a process. */
export interface Counter {
  stored(block: AuditBlock): void
  repeated(): void
  recovered(): void
  foundStanding(): void
  counts(): SinkCounts
}

export function createCounter(): Counter {
  const counts = {
    stored: 0,
    undecodable: 0,
    tombstones: 0,
    inserts: 0,
    repeatedInserts: 0,
    recovered: 0,
    foundStanding: 0,
  }
  return {
    stored(block) {
      const { undecodable, tombstones } = block.tally()
      counts.stored += block.records
      counts.undecodable += undecodable
      counts.tombstones += tombstones
      counts.inserts += 1
    },
    repeated() {
      counts.repeatedInserts += 1
    },
    recovered() {
      counts.recovered += 1
    },
    foundStanding() {
      counts.foundStanding += 1
    },
    counts: () => ({ ...counts }),
  }
}
