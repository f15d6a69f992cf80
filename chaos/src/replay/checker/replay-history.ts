import type { Place } from '../../ledger/ledger-event.ts'
import type { WitnessedRecord } from '../../witness/witnessed-record.ts'

/** What a replay is to do with an original. */
export type Fate = 'unselected' | 'published' | 'left-out' | 'failed'

/** How many entries are done, and how. */
export interface Counts {
  readonly published: number
  readonly failed: number
  readonly leftOut: number
}

/** A line of the history of a replay. */
export interface TrailLine extends Counts {
  readonly kind: string
  readonly state: string
  readonly by: string
  readonly step: number
}

/** A replay: what was asked for, and what is said of it in the end. */
export interface CheckedReplay {
  readonly name: string
  readonly replayId: string
  readonly order: 'key' | 'time'
  readonly mode: string
  readonly groups: readonly string[]
  readonly reason: string
  /** Absent: each entry goes back to its own partition. */
  readonly target?: string
  /** Decided by the run, and by nothing of the platform. */
  readonly fateOf: (original: WitnessedRecord) => Fate
  /** Entries that its plan counted. */
  readonly planned: number
  readonly status: Counts & { readonly state: string }
  /** Originals in its list of errors. */
  readonly errors: readonly Place[]
  /** What its history tells. */
  readonly trail: readonly TrailLine[]
}

/** One process that ran a replay. */
export interface RunnerLife {
  readonly name: string
  readonly replayId: string
  readonly startedMs: number
  /** Absent: it was ended by force. */
  readonly end?: RunnerEnd
  /** When its process was gone. */
  readonly endedMs?: number
  /** The run did not bring its end about, and it said nothing. */
  readonly crash?: string
}

/** What a runner says last: its report, or the error that the run ended with. */
export interface RunnerEnd extends Counts {
  readonly planned: number
  readonly state: string
  readonly code?: string
  readonly message?: string
  readonly isRetriable?: boolean
}

/** Somebody paused a replay, and looked twice. */
export interface Pause {
  readonly replayId: string
  readonly publishedAtFirst: number
  readonly publishedAtLast: number
}

/** An entry as the log's public reader gives it. */
export interface LoggedEntry extends Place {
  /** Of key, value and headers in their order, marks left out. */
  readonly bareInOrder: string
}

/** An entry that a replay published. */
export interface LoggedReplay extends LoggedEntry {
  readonly replayId: string
  readonly of: Place
}

/** The log before and after. */
export interface LogStanding {
  /** Entries by topic, read by default: without what a replay published. */
  readonly factsBefore: Readonly<Record<string, number>>
  readonly factsAfter: Readonly<Record<string, number>>
  readonly facts: readonly LoggedEntry[]
  readonly replayed: readonly LoggedReplay[]
}

/** Everything that is known about a run of replays, in the shape in which it is checked. */
export interface ReplayHistory {
  readonly replays: readonly CheckedReplay[]
  /** All topics, as a client that is not ours reads them: committed records only. */
  readonly stored: readonly WitnessedRecord[]
  readonly log: LogStanding
  readonly runners: readonly RunnerLife[]
  readonly pauses: readonly Pause[]
}
