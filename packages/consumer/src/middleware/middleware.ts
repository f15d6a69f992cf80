import type { ConsumerRecord, Envelope } from '@ledgerbus/core'
import type { Skip } from '../handler.ts'

/** A call of a handler, as what stands around it sees it. */
export interface HandlerCall {
  /** The subscription's name. */
  readonly handlerName: string
  readonly groupId: string
  /** One event; several where the handler takes batches. */
  readonly events: readonly Envelope[]
  /** The records as they were read, one for each event, in the same order. */
  readonly records: readonly ConsumerRecord[]
  /** The handler's own signal. */
  readonly signal: AbortSignal
  /** Makes the value to return when the records shall be skipped, without calling the handler; `rule` is a fixed word. */
  skip(rule: string): Skip
}

/**
 * What runs around handlers: measuring, tenancy, transactions, authorization. It calls `next()` once and returns what that returned, or returns
 * `call.skip(rule)` instead. What it throws counts as the handler's failure; a middleware that does neither fails the attempt, as nobody handled the event.
 */
export type Middleware = (call: HandlerCall, next: () => Promise<unknown>) => unknown
