import type { ConsumerRecord, LedgerbusError, NextOffset, TopicPartition } from '@ledgerbus/core'
import type { ConsumerReport } from '../consumer-report.ts'
import type { Degradation } from './consumer-health.ts'

/**
 * What happens in a consumer, as it happens: what an observer is told. Later versions add kinds; a `switch` over `kind` needs a default.
 *
 * A record is given as it was read, key and value included: take care what of it goes into logs and labels.
 */
export type ConsumerActivity =
  | RecordActivity
  | HandlerActivity
  | PartitionActivity
  | CommitActivity
  /** Something waits for a person. */
  | ({ readonly kind: 'degraded' } & Degradation)
  /** It waits no longer. */
  | ({ readonly kind: 'recovered' } & Degradation)
  | { readonly kind: 'closed'; readonly report: ConsumerReport }

/** What becomes of one record. */
export type RecordActivity =
  /** Taken from the broker. */
  | { readonly kind: 'record-delivered'; readonly record: ConsumerRecord }
  /** Came again, and was finished before as the commit says: it is not handled again. */
  | { readonly kind: 'record-restored'; readonly record: ConsumerRecord }
  | { readonly kind: 'record-handled'; readonly record: ConsumerRecord }
  | {
      readonly kind: 'record-skipped'
      readonly record: ConsumerRecord
      readonly rule: string
      /** Of the replay, when it was skipped for being part of one. */
      readonly replayId?: string
    }
  | { readonly kind: 'record-dead-lettered'; readonly record: ConsumerRecord }
  /** Moved to a retry topic, from where it is delivered again. */
  | { readonly kind: 'record-delayed'; readonly record: ConsumerRecord }
  /** Moved to where its key is parked, from where it is delivered again. */
  | { readonly kind: 'record-parked'; readonly record: ConsumerRecord }
  /** Begun and given up, as the partition was taken away or the consumer closes; it comes again. */
  | { readonly kind: 'record-left'; readonly record: ConsumerRecord }
  /** Ended after its partition was taken away: without effect here. */
  | { readonly kind: 'record-late'; readonly record: ConsumerRecord }

/** What becomes of one handler's share of a record. */
export type HandlerActivity =
  | {
      readonly kind: 'handler-ended'
      readonly record: ConsumerRecord
      readonly handler: string
      readonly end: HandlerEndKind
    }
  /** What the handler threw, or rejected with. */
  | {
      readonly kind: 'attempt-failed'
      readonly record: ConsumerRecord
      readonly handler: string
      readonly attempt: number
      readonly error: unknown
    }
  /** An attempt after the first begins. */
  | {
      readonly kind: 'attempt-retried'
      readonly record: ConsumerRecord
      readonly handler: string
      readonly attempt: number
    }
  /** An attempt took longer than it may; its signal was aborted, its key waits until it settles. */
  | {
      readonly kind: 'handler-timed-out'
      readonly record: ConsumerRecord
      readonly handler: string
      readonly attempt: number
    }
  /** Timed out, and did not settle long after: nobody waits for it any more. */
  | {
      readonly kind: 'handler-abandoned'
      readonly record: ConsumerRecord
      readonly handler: string
      readonly attempt: number
    }

/** How one handler's work on one record ended. */
export type HandlerEndKind = 'handled' | 'skipped' | 'dead-lettered' | 'delayed' | 'parked'

/** What this member owns, and why it stands still. */
export type PartitionActivity =
  | ({
      readonly kind: 'partition-assigned'
      /** Where the group stands; `undefined`: nowhere yet. */
      readonly committed: NextOffset | undefined
      /** How many offsets beyond it are finished, holes included, as the commit says. */
      readonly finishedAhead: number
    } & TopicPartition)
  /** A rebalance is announced: nothing new is begun until the partition is kept or lost. */
  | ({ readonly kind: 'partition-revoking' } & TopicPartition)
  | ({ readonly kind: 'partition-kept' } & TopicPartition)
  /** Taken away, with so many records unfinished. */
  | ({ readonly kind: 'partition-lost'; readonly open: number } & TopicPartition)
  | ({ readonly kind: 'partition-paused'; readonly reason: string } & TopicPartition)
  | ({ readonly kind: 'partition-resumed'; readonly reason: string } & TopicPartition)
  /** What is finished ahead had no room in the commit's metadata, and was left out of it: after a restart it comes again. */
  | ({
      readonly kind: 'map-too-large'
      readonly offset: NextOffset
      readonly finishedAhead: number
    } & TopicPartition)

/** How a commit ended. After `failed` and `unknown` it is repeated. */
export type CommitActivity =
  | { readonly kind: 'commit-ok'; readonly positions: readonly CommittedPosition[] }
  /** These partitions belong to other members by now. */
  | { readonly kind: 'commit-fenced'; readonly positions: readonly CommittedPosition[] }
  | {
      readonly kind: 'commit-failed' | 'commit-unknown'
      readonly positions: readonly CommittedPosition[]
      readonly error: LedgerbusError
    }

/** Where a group is said to stand. */
export interface CommittedPosition extends TopicPartition {
  readonly offset: NextOffset
}

/** Is told what happens, at once and in order. It must be quick: records wait for it. What it throws is logged once and harms nothing. */
export type ConsumerObserver = (activity: ConsumerActivity) => void
