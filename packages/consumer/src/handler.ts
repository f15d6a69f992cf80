import type { ConsumerRecord, ReplayMarks } from '@ledgerbus/core'

declare const skip: unique symbol
/** What `context.skip(rule)` makes. Returned from a handler, it counts the record as skipped by that rule. */
export interface Skip {
  readonly [skip]: string
}

/** What a handler is told besides the event. */
export interface HandlerContext {
  /** The record as it was read: coordinates and original bytes. */
  readonly record: ConsumerRecord
  /** 1 for the first call, then rising. */
  readonly attempt: number
  readonly groupId: string
  /**
   * Aborted when the partition was taken away, or when the time of `close` is over. A handler that returns afterwards has not handled the record:
   * many return early then, and the record comes again, here or elsewhere.
   */
  readonly signal: AbortSignal
  /** Present when the record was published by a replay. */
  readonly replay?: ReplayMarks
  /** Makes the value to return when the record shall count as skipped instead of handled; `rule` is a fixed word such as `on-time`. */
  skip(rule: string): Skip
}

/**
 * The user's function. It may return anything, at once or as a promise; only a `Skip` has a meaning. What it throws, or rejects with,
 * is retried under the subscription's policy, then set aside as a dead letter.
 */
export type Handler<Event> = (event: Event, context: HandlerContext) => unknown
