import type {
  Broker,
  BrokerConsumerOptions,
  Clock,
  EventContextCarrier,
  Logger,
  Random,
  RetryOptions,
} from '@ledgerbus/core'
import type { ConsumerObserver } from './activity/consumer-activity.ts'
import type { FloodGuardOptions } from './flood-guard/flood-guard-options.ts'
import type { IdempotencyOptions } from './idempotency/idempotency-options.ts'
import type { Ordering } from './lanes/lane-key.ts'
import type { Middleware } from './middleware/middleware.ts'
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
  /**
   * Most handlers running at once, over all partitions. A partition leaves one to each of the others, up to half of all: one that is stuck does not stop them.
   *
   * @default 16
   */
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
  /**
   * How long members have to join a rebalance, in milliseconds. Handlers under way have two fifths of it to end, so that nothing is handled twice;
   * those that take longer are aborted if their partition moves. @default 60_000
   */
  readonly rebalanceTimeoutMs?: number
  /**
   * Names this member across restarts, so that a quick restart moves no partitions; another one for each member. Only where the broker's capability
   * `staticMembership` is true. @default none: a member that closes gives its partitions away at once
   */
  readonly instanceId?: string
  /** How handlers are tried again; a subscription may differ. @default 5 attempts within 20 s, from 200 ms to 5 s apart */
  readonly retry?: RetryOptions
  /** Whether dead-letter topics that are missing are made at start, or an error. @default 'create' */
  readonly deadLetterTopics?: 'create' | 'check'
  /**
   * When the flow of a topic stops because its records would be set aside one after the other, as it is hardly they that are at fault: they wait, health is degraded, and one
   * is tried now and then. @default 50 of the last 100 records, or 20 in a row that fail alike; one tried every 30 s
   */
  readonly floodGuard?: FloodGuardOptions | 'off'
  /**
   * What to do with an event that fits no subscription: `skip` it, counted under `not-subscribed`, as other services' events may share a topic; set it aside; or `pause` its
   * partition until a version of this service takes over that knows it. @default 'skip'
   */
  readonly unknownEvents?: 'skip' | 'dead-letter' | 'pause'
  /**
   * How long events of a newer version than subscribed to wait, from the first of that version on, in milliseconds: a deployment under way may take them over. Then they
   * are set aside. @default 60_000
   */
  readonly newerVersionGraceMs?: number
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
  /** Runs around every handler, the first outermost. @default none */
  readonly use?: readonly Middleware[]
  /** Tells records that come twice, so that their event is handled once; skipped under the rule `handled-before`. @default none: handlers bear repetition */
  readonly idempotency?: IdempotencyOptions
  /** Is told of everything that happens, for metrics and traces. @default nobody */
  readonly observer?: ConsumerObserver
  /**
   * After which time a partition that has lag and does not move makes `health()` say `stuck`, in milliseconds; longer than the longest handler may
   * take. @default 300_000
   */
  readonly stuckAfterMs?: number
  /** Carries the event's context to what its handler publishes. @default `eventContext` of `@ledgerbus/context` */
  readonly context?: EventContextCarrier
  /** @default the machine's clock */
  readonly clock?: Clock
  /** For jitter. @default Math.random */
  readonly random?: Random
  /** @default warnings and errors on stderr */
  readonly logger?: Logger
}
