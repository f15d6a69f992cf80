import type { AuditExplanation, AuditSelection, AuditSummary, PartitionBound, ReplayMode } from '@ledgerbus/core'

/** A selection that can no longer grow: both times absolute, every partition bounded by an offset. */
export interface FrozenSelection extends AuditSelection {
  readonly fromMs: number
  readonly toMs: number
  readonly timeField: 'event' | 'kafka'
  readonly replays: NonNullable<AuditSelection['replays']>
  readonly redrives: NonNullable<AuditSelection['redrives']>
  readonly below: readonly PartitionBound[]
}

/** `key`: each source partition by offset, so that each key keeps its order. `time`: all by Kafka's time, which may reorder a key where clocks disagree. */
export type ReplayOrder = 'key' | 'time'

/**
 * `stored`: the bytes as they were. `latest`: the newest version of the event, through its upcasters, validated, as JSON; entries that a schema registry encoded are not published then, as what their newest
 * version would be there is not known.
 */
export type ReplayContent = 'stored' | 'latest'

/** Identifies an entry without showing what it holds. */
export interface ReplaySample {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Kafka's timestamp, in milliseconds since 1970. */
  readonly timestampMs: number
  /** Absent where the value is a tombstone or could not be decoded. */
  readonly eventId?: string
  readonly name?: string
}

/** A consumer group on the topics a replay publishes to. */
export interface ReplayGroup {
  readonly groupId: string
  /** Whether the broker has heard of it. */
  readonly known: boolean
  readonly members: number
  /** Records between its commits and the ends of the target topics; absent when it committed nothing there. */
  readonly lag?: bigint
}

/** A topic the replay publishes to, as it was when the plan was made. */
export interface ReplayTopic {
  readonly name: string
  readonly partitions: number
  /** One record that stood in it: whether it still does tells a topic that was made anew. Absent for an empty topic. */
  readonly witness?: { readonly partition: number; readonly offset: bigint; readonly timestampMs: bigint }
}

/** Entries that the definitions at hand cannot make anything of. Each is counted once, under the first step that fails. */
export interface ReplayCheck {
  /** How many were looked at. */
  readonly entries: number
  /** Encoded by a schema registry, so that a newest version cannot be written; absent where the stored bytes are published. */
  readonly framed?: number
  readonly undecodable: number
  /** No definition of that name. */
  readonly unknown: number
  /** No way from their version to the newest, or an upcaster on it failed. */
  readonly notUpcast: number
  /** The newest version refuses them, or cannot be written. */
  readonly invalid: number
  /** The first few of them. */
  readonly samples: readonly (ReplaySample & { readonly problem: string })[]
}

/** What a run would do: frozen, counted, and the same whenever it is looked at. It holds no payloads. */
export interface ReplayPlan {
  readonly replayId: string
  /** SHA-256 over all that decides which records go where, and how. */
  readonly hash: string
  readonly plannedAtMs: number
  readonly reason: string
  /** Who asked for it; empty where nobody said. */
  readonly by: string
  /** Where the entries are read from. */
  readonly readFrom: 'log' | 'kafka'
  readonly selection: FrozenSelection
  readonly mode: ReplayMode
  readonly order: ReplayOrder
  readonly content: ReplayContent
  /** The name of the transform that makes the records; absent: none. */
  readonly transform?: string
  /** Absent: each entry goes to its own topic. */
  readonly target?: string
  readonly groups: readonly string[]
  /** Most entries that a run of this plan may have; absent: any number. */
  readonly maxEntries?: number
  readonly summary: AuditSummary
  /** How the filter was divided between the source and the process; absent without a filter. */
  readonly explanation?: AuditExplanation
  /** What the definitions at hand make of the entries; absent where nothing was checked. */
  readonly check?: ReplayCheck
  /** Why nothing was checked: nobody wanted it, or no definitions were at hand. Absent where there is a `check`, and in plans of earlier versions, which had no definitions at hand then. */
  readonly unchecked?: 'not-wanted' | 'no-definitions'
  /** Most records a second for a run whose own options give none; absent: as fast as it goes. */
  readonly ratePerSecond?: number
  /** So many times the original speed for a run whose own options give none; absent: no gaps. */
  readonly speed?: number
  /** Oldest and newest entry by Kafka's time; absent in an empty plan. */
  readonly first?: ReplaySample
  readonly last?: ReplaySample
  readonly topics: readonly ReplayTopic[]
  /** The groups that handle the records. */
  readonly targetGroups: readonly ReplayGroup[]
  /** Other groups that read the same topics: built on Ledgerbus they skip and count the records; anything else handles them. */
  readonly otherGroups: readonly ReplayGroup[]
  /** What a run has to be confirmed for; one sentence each, none where it needs no confirmation. */
  readonly confirmations: readonly string[]
  /** What a person should know before running it; one sentence each. */
  readonly warnings: readonly string[]
}

/** How long publishing so many records takes at a rate, in milliseconds. */
export function replayDurationMs(entries: number, ratePerSecond: number): number {
  return Math.ceil((entries / ratePerSecond) * 1_000)
}
