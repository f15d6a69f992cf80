import type { Turn } from '../lanes/turn.ts'

/** How a consumer ended with a record. */
export type RecordEnd =
  | { readonly kind: 'handled' }
  | { readonly kind: 'dead-lettered' }
  /** It stands on a retry topic, to be tried again after a delay. */
  | { readonly kind: 'delayed' }
  /** It stands where its key is parked, to be tried there, or to wait for the one before it. */
  | { readonly kind: 'parked' }
  /** With the run's id when it was skipped for being part of a replay. */
  | { readonly kind: 'skipped'; readonly rule: string; readonly replayId?: string }
  /** Not finished and not to be: the group drains, or the partition is lost. It stays uncommitted and comes again. */
  | { readonly kind: 'left' }

/** The record waits for others, to be handled together; its lane may go on with records that wait for the same. */
export interface HandedOver {
  readonly kind: 'handed-over'
  /** For what it waits. */
  readonly to: object
  /** Never rejects. */
  readonly end: Promise<RecordEnd>
  /** The record's own; to be ended with it. */
  readonly turn: Turn
}

/** Nothing was done: records before it were handed over, and this one cannot join them. */
export interface MustWait {
  readonly kind: 'must-wait'
}

/** Why a record, or one handler's share of it, is set aside. */
export interface Failure {
  readonly step: 'decode' | 'upcast' | 'validate' | 'handle' | 'timeout'
  /** `attempts-exhausted`, `budget-exhausted`, `fatal`, `classify-failed`, `handler-unknown`, `behind-dead-letter`. */
  readonly reason: string
  /** Empty when no handler was reached. */
  readonly handlerName: string
  /** Calls of the handler. */
  readonly attempts: number
  readonly error: unknown
}
