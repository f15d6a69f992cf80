import type {
  Broker,
  BrokerConsumerOptions,
  Clock,
  EventContextCarrier,
  Logger,
  Random,
  RetryOptions,
} from '@ledgerbus/core'
import type { Ordering } from './lanes/lane-key.ts'
import type { Subscription } from './on.ts'

/** What `createConsumer` takes. */
export interface ConsumerOptions {
  readonly broker: Broker
  /** Members of one group share the partitions. Letters, digits, `.`, `_` and `-`: it is part of the dead-letter topics' names. */
  readonly groupId: string
  /** What `on()` returns. A record goes to every subscription it fits. */
  readonly subscriptions: readonly Subscription[]
  /** The topics to read for patterns. @default the first word of each pattern; topics of definitions are always read */
  readonly topics?: readonly string[]
  /** Most handlers running at once, over all partitions. @default 16 */
  readonly concurrency?: number
  /**
   * What runs one after the other, in offset order: the records of a key, all records of a partition, or nothing (then the events of an order may be
   * handled in any order, and at the same time). @default 'key'
   */
  readonly ordering?: Ordering
  /** Where a group without a commit begins. @default 'earliest' */
  readonly startFrom?: NonNullable<BrokerConsumerOptions['startFrom']>
  /** What to do when the committed offset is no longer in the partition. @default 'pause' */
  readonly onOffsetOutOfRange?: NonNullable<BrokerConsumerOptions['onOffsetOutOfRange']>
  /**
   * After which silence of this process the group gives its partitions to others, in milliseconds. Handlers may take longer: only a blocked event loop
   * is silent. @default 10_000
   */
  readonly sessionTimeoutMs?: number
  /** How handlers are tried again; a subscription may differ. @default 5 attempts within 20 s, from 200 ms to 5 s apart */
  readonly retry?: RetryOptions
  /** Whether dead-letter topics that are missing are made at start, or an error. @default 'create' */
  readonly deadLetterTopics?: 'create' | 'check'
  /** Whether dead letters carry the error's stack. @default 'omit' */
  readonly errorStacks?: 'omit' | 'include'
  /** Cleans error messages and stacks before they are logged or written into dead letters. @default as they are */
  readonly redact?: (text: string) => string
  /** How often finished offsets are committed, in milliseconds. @default 1_000 */
  readonly commitIntervalMs?: number
  /** Most records of one partition in memory; one more batch of the broker may come on top. @default 1_000 */
  readonly maxBufferedRecords?: number
  /** Most bytes of one partition in memory; one more batch of the broker may come on top. @default 8_000_000 */
  readonly maxBufferedBytes?: number
  /** Carries the event's context to what its handler publishes. @default `eventContext` of `@ledgerbus/context` */
  readonly context?: EventContextCarrier
  /** @default the machine's clock */
  readonly clock?: Clock
  /** For jitter. @default Math.random */
  readonly random?: Random
  /** @default warnings and errors on stderr */
  readonly logger?: Logger
}
