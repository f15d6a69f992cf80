import {
  type Envelope,
  type EventDefinition,
  type EventOf,
  isEventDefinition,
  type RetryOptions,
} from '@ledgerbus/core'
import type { BatchHandler } from './batch/batch-handler.ts'
import type { BatchBounds } from './batch/batch-options.ts'
import type { Handler } from './handler.ts'
import type { Middleware } from './middleware/middleware.ts'
import type { ReplayChoice } from './subscription/replay-choice.ts'

/** Options of one subscription. */
export interface SubscriptionOptions {
  /**
   * Names the handler in dead letters, logs and counts. Keep it: a changed name is another handler. 1 to 200 characters.
   * @default the event's name, or the pattern
   */
  readonly name?: string
  /** Differences from the consumer's own `retry`, field by field. */
  readonly retry?: RetryOptions
  /**
   * Which of its events the handler gets, in CEL: `payload.after.total >= 1000`. It sees an event before it is validated, in the newest version where upcasters lead there. The others are skipped under the rule `filtered-out`; those for which the filter
   * has no answer under `filter-failed`. @default all
   */
  readonly filter?: string
  /** Runs around the handler, the first outermost, within the consumer's own. @default none */
  readonly use?: readonly Middleware[]
  /**
   * Whether the handler gets what a replay publishes again, or a function that decides by the replay's marks; skipped under the rule `replay-not-wanted`.
   * @default 'run'; 'skip' with `sideEffects: 'external'`
   */
  readonly replay?: ReplayChoice
  /**
   * What the handler does cannot be taken back and leaves the system: it sends mail, moves money. A replay would do it again, so it is skipped unless `replay` says otherwise.
   * @default none of that kind
   */
  readonly sideEffects?: 'external'
  /** Whether the consumer's idempotency store is asked before the handler is called. @default 'on' where the consumer has one */
  readonly idempotency?: 'on' | 'off'
  /** Whether it starts enabled; `consumer.enable(name)` enables it. @default true */
  readonly enabled?: boolean
  /** Most calls of this handler running at once, over all partitions; the consumer's own `concurrency` holds as well. @default no bound of its own */
  readonly concurrency?: number
  /**
   * Longest time of one call, in milliseconds: then its signal is aborted, and the attempt, or the batch, has failed whatever the handler does afterwards; its key waits
   * until it settles. A handler that blocks the event loop is not stopped by it. @default none: a call may take as long as it wants
   */
  readonly timeoutMs?: number
  /**
   * When a call that timed out is not waited for any more, in milliseconds from its time-out: others may run in its place, only its key waits on, and health is degraded. The
   * handler is not called again for that record before it settled. Only with `timeoutMs`. @default 30_000
   */
  readonly abandonAfterMs?: number
}

/** Options of a subscription whose handler takes batches. */
export interface BatchOptions extends SubscriptionOptions, BatchBounds {}

/** Which events a handler gets, and how it is tried: what `on()` and `onBatch()` return. */
export type Subscription = SingleSubscription | BatchSubscription

interface Subscribed {
  /** A definition, or a pattern of event names. */
  readonly target: EventDefinition | string
  readonly name: string
}

/** What `on()` returns. */
export interface SingleSubscription extends Subscribed {
  readonly takes: 'one'
  readonly handler: Handler<Envelope>
  readonly options: SubscriptionOptions
}

/** What `onBatch()` returns. */
export interface BatchSubscription extends Subscribed {
  readonly takes: 'batch'
  readonly handler: BatchHandler<Envelope>
  readonly options: BatchOptions
}

/**
 * Subscribes a handler to the events of a definition. They are validated first: the handler gets what the schemas make of them, and its event's
 * type is inferred.
 */
export function on<Definition extends EventDefinition>(
  definition: Definition,
  handler: Handler<EventOf<Definition>>,
  options?: SubscriptionOptions,
): SingleSubscription
/**
 * Subscribes a handler to all events whose names fit a pattern: `*` is one word, `**` any number. They are decoded but not validated,
 * as no definition is known.
 */
export function on(pattern: string, handler: Handler<Envelope>, options?: SubscriptionOptions): SingleSubscription
export function on(
  target: EventDefinition | string,
  handler: Handler<never>,
  options: SubscriptionOptions = {},
): SingleSubscription {
  // The pipeline calls the handler with events of this definition only, after validation.
  const each = handler as Handler<Envelope>
  return Object.freeze({ takes: 'one', target, handler: each, name: nameOf(target, options), options })
}

/**
 * Subscribes a handler to the events of a definition, several of a partition at once: as many as are there when `maxRecords` are, or when the first has
 * waited for `maxWaitMs`.
 */
export function onBatch<Definition extends EventDefinition>(
  definition: Definition,
  handler: BatchHandler<EventOf<Definition>>,
  options: BatchOptions,
): BatchSubscription
/** Subscribes a handler to all events whose names fit a pattern, several of a partition at once; they are decoded but not validated. */
export function onBatch(pattern: string, handler: BatchHandler<Envelope>, options: BatchOptions): BatchSubscription
export function onBatch(
  target: EventDefinition | string,
  handler: BatchHandler<never>,
  options: BatchOptions,
): BatchSubscription {
  const each = handler as BatchHandler<Envelope>
  return Object.freeze({ takes: 'batch', target, handler: each, name: nameOf(target, options), options })
}

/** Whether a value is what `on()` or `onBatch()` returned, of whichever installed copy. */
export function isSubscription(value: unknown): value is Subscription {
  if (typeof value !== 'object' || value === null) return false
  const { takes, target, handler, name, options } = value as Partial<Record<keyof Subscription, unknown>>
  return (
    (takes === 'one' || takes === 'batch') &&
    typeof handler === 'function' &&
    typeof name === 'string' &&
    typeof options === 'object' &&
    (typeof target === 'string' || isEventDefinition(target))
  )
}

function nameOf(target: EventDefinition | string, { name }: SubscriptionOptions = {}): string {
  return name ?? (typeof target === 'string' ? target : target.name)
}
