import type { ConsumerRecord, ReplayMarks } from '@ledgerbus/core'
import type { Skip } from '../handler.ts'

/** What a batch handler is told besides the events. */
export interface BatchContext {
  /** The records as they were read, one for each event, in the same order. */
  readonly records: readonly ConsumerRecord[]
  /** Of each record: present when it was published by a replay. */
  readonly replays: readonly (ReplayMarks | undefined)[]
  readonly groupId: string
  /**
   * Aborted when the partition was taken away, or when the time of `close` is over. A handler that returns afterwards has not handled the batch: its records
   * come again, here or elsewhere.
   */
  readonly signal: AbortSignal
  /**
   * Makes the error to throw when one event is at fault: those before it count as handled, it is tried again or set aside under the subscription's
   * policy, those behind it come again in a later batch.
   *
   * @param index of the event in `events`
   */
  failed(index: number, cause: unknown): Error
  /** Makes the value to return when all records of the batch shall count as skipped; `rule` is a fixed word. */
  skip(rule: string): Skip
}

/**
 * The user's function for several events of one partition at once, in offset order. Events of a key follow each other, and none is handed over before those
 * before it are done.
 *
 * When it throws anything but what `context.failed` made, nobody knows which event is at fault: the batch is tried again in smaller and smaller parts until
 * one event is alone. Only then an attempt of that event is counted. Events handed over before come again meanwhile, so write them so that twice does no harm.
 */
export type BatchHandler<Event> = (events: readonly Event[], context: BatchContext) => unknown
