import type { AuditSelection, AuditSummary, PartitionBound } from '@ledgerbus/core'

/** A selection that can no longer grow: both times absolute, every partition bounded by an offset. */
export interface FrozenSelection extends AuditSelection {
  readonly fromMs: number
  readonly toMs: number
  readonly timeField: 'event' | 'kafka'
  readonly replays: NonNullable<AuditSelection['replays']>
  readonly below: readonly PartitionBound[]
}

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

/** A topic the replay publishes to. */
export interface ReplayTopic {
  readonly name: string
  readonly partitions: number
}

/** What a run would do: frozen, counted, and the same whenever it is looked at. It holds no payloads. */
export interface ReplayPlan {
  readonly replayId: string
  /** SHA-256 over selection, bounds, groups and target: what decides which records go where. */
  readonly hash: string
  readonly plannedAtMs: number
  readonly reason: string
  readonly selection: FrozenSelection
  /** Absent: each entry goes to its own topic. */
  readonly target?: string
  readonly groups: readonly string[]
  readonly summary: AuditSummary
  /** Oldest and newest entry by Kafka's time; absent in an empty plan. */
  readonly first?: ReplaySample
  readonly last?: ReplaySample
  readonly topics: readonly ReplayTopic[]
  /** The groups that handle the records. */
  readonly targetGroups: readonly ReplayGroup[]
  /** Other groups that read the same topics: built on Ledgerbus they skip and count the records; anything else handles them. */
  readonly otherGroups: readonly ReplayGroup[]
  /** What a person should know before running it; one sentence each. */
  readonly warnings: readonly string[]
}

/** How long publishing so many records takes at a rate, in milliseconds. */
export function replayDurationMs(entries: number, ratePerSecond: number): number {
  return Math.ceil((entries / ratePerSecond) * 1_000)
}
