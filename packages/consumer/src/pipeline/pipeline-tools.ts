import type { ConsumerRecord } from '@ledgerbus/core'
import type { Turn } from '../lanes/turn.ts'
import type { RetryTopics } from '../retry-topics/retry-topics.ts'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import type { Matcher } from './match.ts'
import type { HandlerTools } from './run-handler.ts'

export interface PipelineTools extends HandlerTools {
  readonly match: Matcher
  /** The group's own topics; all other records are first-hand. */
  readonly retryTopics: RetryTopics
  readonly handlers: readonly BoundHandler[]
  /** What becomes of events that fit no subscription. */
  readonly unknownEvents: 'skip' | 'dead-letter' | 'pause'
  readonly onRedriveEnd: OnRedriveEnd
}

/**
 * A redriven record (one with `lb-redrive-of`) came to its end: `resolved` when all its handlers are done, `failed-again` when it was set aside again. Called before
 * the record counts as done. `false`: the end could not be noted, as the group drains or the partition is lost; the record then comes again. Never rejects.
 */
export type OnRedriveEnd = (record: ConsumerRecord, end: 'resolved' | 'failed-again', turn: Turn) => Promise<boolean>
