import type { Envelope, EventDefinition, EventOf, RetryOptions } from '@ledgerbus/core'
import type { BatchHandler } from './batch/batch-handler.ts'
import type { BatchBounds } from './batch/batch-options.ts'
import type { Handler } from './handler.ts'

/** Options of one subscription. */
export interface SubscriptionOptions {
  /**
   * Names the handler in dead letters, logs and counts. Keep it: a changed name is another handler. 1 to 200 characters.
   * @default the event's name, or the pattern
   */
  readonly name?: string
  /** Differences from the consumer's own `retry`, field by field. */
  readonly retry?: RetryOptions
  /** Most calls of this handler running at once, over all partitions; the consumer's own `concurrency` holds as well. @default no bound of its own */
  readonly concurrency?: number
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

function nameOf(target: EventDefinition | string, { name }: SubscriptionOptions = {}): string {
  return name ?? (typeof target === 'string' ? target : target.name)
}
