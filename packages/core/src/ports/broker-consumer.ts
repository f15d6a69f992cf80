import type { LedgerbusError } from '../errors/ledgerbus-error.ts'
import type { TopicPartition } from './topic-partition.ts'
import type { NotOk } from './outcome.ts'
import type { ConsumerRecord } from './record.ts'

declare const nextOffset: unique symbol
/** The offset to read next: one past the last record that is done. Confusing it with an offset loses or repeats a record. */
export type NextOffset = bigint & { readonly [nextOffset]: true }

/** Which group reads which topics, and from where it begins. */
export interface BrokerConsumerOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  /**
   * Names this member across restarts, where `capabilities.staticMembership` is true. A member that closes or dies keeps its partitions until its session is
   * over; one that comes back under the same id before takes them over without a rebalance for the others. Of two living members with one
   * id, the older is fenced. @default none: a member that closes leaves at once
   */
  readonly instanceId?: string
  /**
   * Where a group without a commit begins. `latest` commits the end offsets once, before the first join, so that nothing
   * published afterwards is missed, on new partitions neither. @default 'earliest'
   */
  readonly startFrom?: 'earliest' | 'latest'
  /** What to do when the committed offset is no longer in the partition. @default 'pause' */
  readonly onOffsetOutOfRange?: 'pause' | 'earliest'
  /** After which silence the group takes a member's partitions away, in milliseconds. @default 10_000 */
  readonly sessionTimeoutMs?: number
  /** How long members have to join a rebalance, in milliseconds. @default 60_000 */
  readonly rebalanceTimeoutMs?: number
  /** Most bytes a fetch brings from one partition. @default 1_048_576 */
  readonly maxBytesPerPartition?: number
}

/**
 * One ownership of a partition, from the join that gave it to the one that took it. A member that lost a partition and
 * got it back owns it under another epoch: what belonged to the old one neither commits nor is delivered.
 */
export interface PartitionEpoch extends TopicPartition {
  /** Rises with every new ownership within this consumer. */
  readonly epoch: number
  /** Aborted when the ownership ends. */
  readonly signal: AbortSignal
}

/** A partition newly owned, before its first record is fetched. */
export interface AssignedPartition extends PartitionEpoch {
  /** What the group committed last; `undefined`: nothing yet. */
  readonly committed: { readonly offset: NextOffset; readonly metadata: string } | undefined
  /** The first offset the partition still holds. */
  readonly low: bigint
  /** The next offset a producer will get. */
  readonly end: bigint
}

/** Records of one partition in offset order. Offsets may have holes: compaction and transaction markers never arrive. */
export interface RecordBatch extends PartitionEpoch {
  /** May be empty: then only the position moved (control records, aborted transactions). */
  readonly records: readonly ConsumerRecord[]
  /** The position behind this batch; beyond the last record where holes follow it. */
  readonly nextOffset: NextOffset
  /** The partition's end when the batch was fetched; lag = end - position. */
  readonly end: bigint
}

/**
 * What a consumer tells the platform. Nothing thrown here ends the group: it is logged, and `deliver` is called again with the same
 * batch, `assigned` with the same partitions, after a pause.
 */
export interface BrokerConsumerListener {
  /**
   * Partitions newly owned. They deliver nothing until the promise resolves; `seek` inside sets where they begin, else the
   * commit, else `startFrom`.
   */
  assigned?(partitions: readonly AssignedPartition[]): Promise<void> | void
  /**
   * A rebalance is under way and the partitions may be taken: finish what is under way and commit, now. The rebalance waits for the promise, within
   * bounds. Some rebalances come without it. What was announced here is told to be `kept` or `lost`, however the rebalance ends; it may be announced
   * again before.
   */
  revoking?(partitions: readonly PartitionEpoch[]): Promise<void> | void
  /** The rebalance is over and these stay with this member, under the same epochs. Also after one that changed nothing, or came to nothing. */
  kept?(partitions: readonly PartitionEpoch[]): void
  /** Ownership ended; commits of these epochs are refused from now on. */
  lost?(partitions: readonly PartitionEpoch[]): void
  /**
   * Takes a batch. **The promise is the back-pressure**: until it settles nothing more of this partition is delivered, while
   * other partitions go on and the membership is kept. Resolving does not mean that the records are done; `commit` says that.
   */
  deliver(batch: RecordBatch): Promise<void>
  /**
   * Trouble the platform should know: `BROKER_OFFSET_OUT_OF_RANGE` (the partition is paused), `BROKER_MEMBER_FENCED` (a later member has this one's
   * `instanceId`; it delivers nothing more), `BROKER_CONSUMER_RESTARTED`, ...
   */
  problem?(error: LedgerbusError): void
}

/** A position to commit. */
export interface CommitPosition extends TopicPartition {
  readonly epoch: number
  readonly offset: NextOffset
  /** At most 4,096 characters of ASCII; a commit without it erases the former. @default '' */
  readonly metadata?: string
}

/** `fenced`: the epoch of every position is over, nothing was stored; whoever owns the partition now goes on from the last commit. */
export type CommitOutcome =
  | {
      readonly kind: 'ok'
      /** Positions left out because their epoch is over; absent when all were stored. */
      readonly fenced?: readonly CommitPosition[]
    }
  | { readonly kind: 'fenced' }
  | NotOk

/** A member of a consumer group. */
export interface BrokerConsumer {
  /**
   * Connects, joins, and delivers until `close`. Resolves once the member joined. A broker that goes away later is waited for.
   * @throws BrokerError `BROKER_UNREACHABLE`, `BROKER_TOPIC_UNKNOWN`, `BROKER_AUTHORIZATION`
   */
  start(listener: BrokerConsumerListener, options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Commits positions; all of one call share one outcome but for fenced ones, which are left out and reported. One call at a time. */
  commit(positions: readonly CommitPosition[]): Promise<CommitOutcome>
  /** What the group committed for a partition, from the broker. */
  committed(partition: TopicPartition): Promise<{ readonly offset: NextOffset; readonly metadata: string } | undefined>
  /** Moves the position; refused (`false`) when the epoch is over. Batches under way are dropped. */
  seek(partition: TopicPartition & { readonly epoch: number }, offset: NextOffset): boolean
  /** What this member owns now. */
  assignment(): readonly PartitionEpoch[]
  /**
   * Stops deliveries; what is owned can still be committed until `close`. Idempotent.
   */
  pause(): void
  /** Leaves the group, but with an `instanceId`, and disconnects; ends within `timeoutMs`, whatever the broker does. Idempotent. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}
