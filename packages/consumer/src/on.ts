import type { Envelope, EventDefinition, EventOf, RetryOptions } from '@ledgerbus/core'
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

/** Which events a handler gets, and how it is tried: what `on()` returns. */
export interface Subscription {
  /** A definition, or a pattern of event names. */
  readonly target: EventDefinition | string
  readonly handler: Handler<Envelope>
  readonly name: string
  readonly options: SubscriptionOptions
}

/**
 * Subscribes a handler to the events of a definition. They are validated first: the handler gets what the schemas make of them, and its event's
 * type is inferred.
 */
export function on<Definition extends EventDefinition>(
  definition: Definition,
  handler: Handler<EventOf<Definition>>,
  options?: SubscriptionOptions,
): Subscription
/**
 * Subscribes a handler to all events whose names fit a pattern: `*` is one word, `**` any number. They are decoded but not validated,
 * as no definition is known.
 */
export function on(pattern: string, handler: Handler<Envelope>, options?: SubscriptionOptions): Subscription
export function on(
  target: EventDefinition | string,
  handler: Handler<never>,
  options: SubscriptionOptions = {},
): Subscription {
  const name = options.name ?? (typeof target === 'string' ? target : target.name)
  // The pipeline calls the handler with events of this definition only, after validation.
  return Object.freeze({ target, handler: handler as Handler<Envelope>, name, options })
}
