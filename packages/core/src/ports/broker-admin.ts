import type { TopicPartition } from './topic-partition.ts'
import type { WaitOptions } from './wait-options.ts'
import type { NextOffset } from './broker-consumer.ts'

/** A topic as it should be. */
export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  /** @default the broker's */
  readonly replicationFactor?: number
  /** Kafka's own topic settings, e.g. `{ 'cleanup.policy': 'compact' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A topic as it is. */
export interface TopicDescription {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  /** Partitions with fewer replicas in sync than the topic has. */
  readonly underReplicated: number
  /** Settings that differ from the broker's defaults. */
  readonly settings: Readonly<Record<string, string>>
}

/** What a partition holds: offsets `[low, end)`. Holes are possible (compaction, transaction markers). */
export interface PartitionOffsets extends TopicPartition {
  readonly low: bigint
  readonly end: bigint
}

/** Where a group stands in a partition. */
export interface GroupOffset extends TopicPartition {
  readonly offset: NextOffset
  readonly metadata: string
}

/** A consumer group as the broker sees it. */
export interface GroupDescription {
  readonly groupId: string
  /** Kafka's word: `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Dead`. */
  readonly state: string
  readonly members: readonly {
    readonly memberId: string
    readonly clientId: string
    readonly host: string
    readonly partitions: readonly TopicPartition[]
  }[]
}

/** Questions about topics and groups, and the few changes we make to them. */
export interface BrokerAdmin {
  /** @throws BrokerError `BROKER_UNREACHABLE` */
  start(options?: WaitOptions): Promise<void>
  /** The id that names the cluster in coordinates. */
  clusterId(): Promise<string>
  /** Names of all topics but the broker's internal ones, sorted. */
  listTopics(): Promise<readonly string[]>
  /** Topics that exist, in the order asked; one that does not is left out. */
  describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]>
  /** Creates what is not there and waits until it can be used. Existing topics are left as they are. Resolves with the names it created. */
  createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]>
  /** Deletes topics; one that does not exist is an error `BROKER_TOPIC_UNKNOWN`. */
  deleteTopics(names: readonly string[]): Promise<void>
  /**
   * All partitions of the topic, sorted. `for: 'readers'`: their ends are what readers of committed records see, so the first record of a transaction that is open where there is one; to read up to
   * there waits for nobody. @throws BrokerError `BROKER_TOPIC_UNKNOWN`
   */
  topicOffsets(
    topic: string,
    options?: {
      /** @default 'producers': ends are the next offsets that producers get */
      readonly for?: 'producers' | 'readers'
    },
  ): Promise<readonly PartitionOffsets[]>
  /** Ids of all consumer groups, sorted. */
  listGroups(): Promise<readonly string[]>
  /** `undefined`: the broker knows no such group. */
  describeGroup(groupId: string): Promise<GroupDescription | undefined>
  /** What a group committed; partitions without a commit are left out. */
  groupOffsets(groupId: string): Promise<readonly GroupOffset[]>
  /** Sets a group's offsets; the group must have no members. @throws BrokerError `BROKER_GROUP_NOT_EMPTY` */
  setGroupOffsets(
    groupId: string,
    offsets: readonly (TopicPartition & { readonly offset: NextOffset })[],
  ): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}
