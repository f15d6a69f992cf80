import type { EventDefinition, EventInput, WaitOptions } from '@ledgerbus/core'

/** Where a published event stands. */
export interface PublishReceipt {
  readonly eventId: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** The record's timestamp as it was sent: when `publish` was called, not when the event happened. */
  readonly timestampMs: bigint
}

/** Options of one publish. */
export interface PublishOptions extends WaitOptions {
  /**
   * Ends the call: before the record was sent the outcome is `failed`, afterwards `unknown`, as it may still be stored. The error
   * is a `PublishError` with the signal's reason as its cause.
   */
  readonly signal?: AbortSignal
  /**
   * Longest wait for the answer, in milliseconds, with the same outcomes as an abort.
   * @default none: waiting to be sent and being sent each end after the producer's `deliveryTimeoutMs`
   */
  readonly timeoutMs?: number
}

/** How all publishes of a producer ended: each is counted once. */
export interface ProducerReport {
  /** Acknowledged by the broker. */
  readonly published: number
  /** Not stored: refused by the broker, or given up before they were sent. */
  readonly failed: number
  /** Sent, and nobody knows whether they are stored. */
  readonly unknown: number
  /** Accepted and still not sent when the time of `close` was over; not stored. */
  readonly unsent: number
}

/** Publishes events and learns the outcome of each. */
export interface Producer {
  /**
   * Connects and looks up the topics of all events. After a failure it may be called again.
   *
   * @throws ConfigurationError `TOPICS_MISSING` naming every topic that does not exist
   * @throws ProducerError `PRODUCER_ALREADY_STARTED`, `PRODUCER_CLOSED`
   * @throws BrokerError `BROKER_UNREACHABLE`, ...
   */
  start(options?: WaitOptions): Promise<void>
  /**
   * Publishes one event. Resolves when the leader and its in-sync replicas have it; a failure is never silent.
   *
   * Events of one key reach their partition in the order of the calls, awaited or not. Waits while the producer's buffer is full.
   *
   * @throws EventValidationError the input does not fit the definition; nothing was sent
   * @throws ConfigurationError the definition is not among the producer's `events`
   * @throws PublishError with the outcome `failed` or `unknown`
   */
  publish<Definition extends EventDefinition>(
    definition: Definition,
    input: EventInput<Definition>,
    options?: PublishOptions,
  ): Promise<PublishReceipt>
  /**
   * Publishes events of one definition, in order. All inputs are checked before the first is sent, so a wrong one publishes nothing.
   * It is no transaction: the broker may take some and refuse others. All inputs are held in memory; hand over long lists by pages.
   *
   * @returns a receipt an input, in the same order
   * @throws PublishManyError `PUBLISH_INCOMPLETE` with the result of each, as soon as all have one
   * @throws EventValidationError, ConfigurationError, PublishError as `publish` does, before anything was sent
   */
  publishMany<Definition extends EventDefinition>(
    definition: Definition,
    inputs: readonly EventInput<Definition>[],
    options?: PublishOptions,
  ): Promise<PublishReceipt[]>
  /**
   * Accepts nothing more, sends what was accepted, disconnects, and reports. Ends about a second after `timeoutMs` at the latest, whatever the
   * broker does. The second call returns the same promise. A start under way is ended.
   */
  close(options?: {
    /** How long to wait for what was accepted, in milliseconds. @default 30_000 */
    readonly timeoutMs?: number
  }): Promise<ProducerReport>
}
