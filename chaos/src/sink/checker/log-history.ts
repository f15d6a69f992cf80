import { createHistory, type Member, type Ownership } from '../../checker/history.ts'
import type { PartitionEnd } from '../../checker/stored-record.ts'
import type { LedgerEvent, OperationOutcome, Place } from '../../ledger/ledger-event.ts'
import type { WitnessedRecord } from '../../witness/witnessed-record.ts'

/** A batch that the load handed to Kafka. */
export interface Append {
  readonly partition: number
  /** Of its records, headers by name, and headers in their order. */
  readonly digests: readonly string[]
  readonly digestsInOrder: readonly string[]
  /** Absent: the load ended before the answer came. */
  outcome?: OperationOutcome
  base?: number
}

/** One try of a sink to store a range. */
export interface Insert {
  readonly by: string
  readonly topic: string
  readonly partition: number
  readonly first: number
  readonly next: number
  readonly askedMs: number
  answeredMs?: number
  outcome?: OperationOutcome
}

/** The log told a sink that it holds a record. */
export interface Found {
  readonly place: Place
  readonly ms: number
}

/** A record in the log, by its coordinates. */
interface LogPlace {
  readonly partition: number
  readonly offset: number
  /** Kafka's timestamp, in decimal. */
  readonly timestampMs: string
  /** SHA-256 of the value. */
  readonly hash: string
}

/** An entry as the public reader gives it. */
export interface ReadEntry extends LogPlace {
  /** Of all that makes up the record, headers by name, as the witness has it. */
  readonly digest: string
  /** The same, headers in their order, as the load has it. */
  readonly digestInOrder: string
}

/** A row of the table. */
export interface TableRow extends LogPlace {
  readonly isTombstone: boolean
}

/** Everything that is known about a run of the sink, in the shape in which it is checked. */
export interface LogHistory {
  readonly appends: readonly Append[]
  /** The topic, as a client that is not ours reads it. */
  readonly stored: readonly WitnessedRecord[]
  readonly entries: readonly ReadEntry[]
  readonly finalRows: readonly TableRow[]
  /** Copies too. */
  readonly physicalRows: readonly TableRow[]
  readonly ends: readonly PartitionEnd[]
  readonly inserts: readonly Insert[]
  readonly found: readonly Found[]
  readonly ownerships: readonly Ownership[]
  readonly members: ReadonlyMap<string, Member>
}

/** What stands, in Kafka and in the log. */
export type Standing = Pick<LogHistory, 'stored' | 'entries' | 'finalRows' | 'physicalRows' | 'ends'>

/** Takes in what was written down, events of one process in their order; processes in any, the run last. */
export interface LogHistoryBuilder {
  event(event: LedgerEvent): void
  build(standing: Standing): LogHistory
}

export function createLogHistory(): LogHistoryBuilder {
  const group = createHistory()
  const appends = new Map<number, Append>()
  const inserts: Insert[] = []
  const found: Found[] = []
  const openInserts = new Map<string, Insert>()

  return {
    event(seen) {
      const { by, monotonicMs: ms } = seen
      switch (seen.kind) {
        case 'append': {
          const { id, partition, digests, digestsInOrder } = seen
          appends.set(id, { partition, digests, digestsInOrder })
          return
        }
        case 'appended': {
          const append = appends.get(seen.id)
          if (append === undefined) throw new Error(`append ${seen.id} was answered and never asked for`)
          append.outcome = seen.outcome
          if (seen.base !== undefined) append.base = seen.base
          return
        }
        case 'insert': {
          const { topic, partition, first, next } = seen
          const insert: Insert = { by, topic, partition, first, next, askedMs: ms }
          inserts.push(insert)
          openInserts.set(`${by} ${seen.id}`, insert)
          return
        }
        case 'inserted': {
          const insert = openInserts.get(`${by} ${seen.id}`)
          if (insert === undefined) throw new Error(`${by} ended insert ${seen.id}, which it never began`)
          Object.assign(insert, { answeredMs: ms, outcome: seen.outcome })
          return
        }
        case 'found': {
          const { topic, partition, offset } = seen
          found.push({ place: { topic, partition, offset }, ms })
          return
        }
        default:
          group.event(seen)
      }
    },
    build(standing) {
      const { ownerships, members } = group.build()
      const inTime = inserts.toSorted((left, right) => left.askedMs - right.askedMs)
      return { ...standing, appends: [...appends.values()], inserts: inTime, found, ownerships, members }
    },
  }
}
