/**
 * What was seen, when and by whom. An operation is written when it is asked for and again when its outcome is known, so that a process that dies in between
 * leaves an operation without an end: it may have happened.
 */
export type LedgerEvent = Stamp & LedgerFact

/** Who saw it, and both clocks of the machine. */
export interface Stamp {
  /** `run` for the run itself, else the name of a member. Every process that is started has a name of its own. */
  readonly by: string
  /** Milliseconds since 1970; for people. */
  readonly wallMs: number
  /** Milliseconds since the machine started: the same clock for all processes, and it never runs backwards. The checker uses only this one. */
  readonly monotonicMs: number
}

/** A record's place. Offsets of a run are small enough for numbers. */
export interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** One ownership of a partition: epochs are counted by the process that owns. */
export interface OwnershipPlace {
  readonly topic: string
  readonly partition: number
  readonly epoch: number
}

/** A position of a commit. */
export interface LedgerPosition extends OwnershipPlace {
  readonly offset: number
  /** How many characters of metadata went with it. */
  readonly metadata: number
}

export type OperationOutcome = 'ok' | 'failed' | 'unknown'

export type LedgerFact =
  // The load
  | { readonly kind: 'publish'; readonly event: string; readonly key: string; readonly sequence: number }
  | {
      readonly kind: 'published'
      readonly event: string
      readonly outcome: OperationOutcome
      /** Where it stands, when the outcome is ok. */
      readonly at?: Place
      /** SHA-256 of the value that was handed to the broker, absent when it never came to that. */
      readonly hash?: string
      readonly code?: string
    }
  // The load of a sink: records as they are, in batches
  | {
      readonly kind: 'append'
      readonly id: number
      readonly partition: number
      /** Of each record: a digest of everything that makes it up, headers by name; and one with the headers in their order. */
      readonly digests: readonly string[]
      readonly digestsInOrder: readonly string[]
    }
  | {
      readonly kind: 'appended'
      readonly id: number
      /** `failed` also for a transaction that was aborted. */
      readonly outcome: OperationOutcome
      /** Offset of the first record, when the outcome is ok. */
      readonly base?: number
      readonly code?: string
    }
  // A member
  | { readonly kind: 'started'; readonly pid: number }
  | ({
      readonly kind: 'assigned'
      /** What the group had committed; absent: nothing. */
      readonly committed?: number
    } & OwnershipPlace)
  | ({ readonly kind: 'lost' } & OwnershipPlace)
  | ({
      readonly kind: 'run'
      readonly epoch: number
      readonly event: string
      readonly key: string
      readonly sequence: number
      readonly hash: string
      readonly attempt: number
    } & Place)
  | ({
      readonly kind: 'ran'
      readonly epoch: number
      readonly attempt: number
      readonly result: 'handled' | 'skipped' | 'failed'
      /** The attempt was called off before the handler returned: what it returned does not count. */
      readonly isAborted: boolean
    } & Place)
  | ({ readonly kind: 'dead-letter'; readonly id: number; readonly epoch: number } & Place)
  | { readonly kind: 'dead-lettered'; readonly id: number; readonly outcome: OperationOutcome }
  | { readonly kind: 'commit'; readonly id: number; readonly positions: readonly LedgerPosition[] }
  | {
      readonly kind: 'committed'
      readonly id: number
      readonly outcome: OperationOutcome | 'fenced'
      /** Positions that were left out because their ownership is over. */
      readonly fenced?: readonly OwnershipPlace[]
    }
  // A sink
  | {
      readonly kind: 'insert'
      readonly id: number
      readonly topic: string
      readonly partition: number
      /** The range `[first, next)`. */
      readonly first: number
      readonly next: number
    }
  | { readonly kind: 'inserted'; readonly id: number; readonly outcome: OperationOutcome; readonly code?: string }
  /** The log told that it holds this record. */
  | ({ readonly kind: 'found' } & Place)
  // A runner of a replay
  | { readonly kind: 'replay-run'; readonly replayId: string }
  | {
      readonly kind: 'replay-ended'
      /** As its report says, or `failed` where it ended with an error. */
      readonly state: string
      readonly planned: number
      readonly published: number
      readonly failed: number
      readonly leftOut: number
      /** Of the error. */
      readonly code?: string
      readonly message?: string
      readonly isRetriable?: boolean
    }
  /** Somebody else paused a replay, and so much was published when that was answered, and just before it was resumed. */
  | {
      readonly kind: 'paused'
      readonly replayId: string
      readonly publishedAtFirst: number
      readonly publishedAtLast: number
    }
  /** The last commit is answered, or given up, and the member leaves its group. */
  | { readonly kind: 'leaving' }
  | {
      readonly kind: 'closed'
      readonly commit: OperationOutcome | 'fenced'
      readonly left: number
      readonly aborted: number
    }
  // The run, about processes
  | { readonly kind: 'killed'; readonly member: string }
  | {
      readonly kind: 'ended'
      readonly member: string
      readonly code: number | null
      readonly signal: string | null
      /** Whether the run brought this end about. */
      readonly isExpected: boolean
    }
  | { readonly kind: 'fault'; readonly id: number; readonly fault: string; readonly target: string }
  | { readonly kind: 'fault-over'; readonly id: number; readonly error?: string }
