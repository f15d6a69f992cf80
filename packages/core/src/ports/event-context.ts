/** What an event hands on to the events it causes. */
export interface EventContext {
  /** Names the whole story: every event that followed from one first cause. */
  readonly correlationId: string
  /** The event that was being handled; absent outside a handler. */
  readonly causationId?: string
  /** W3C trace context, handed on as it came. */
  readonly traceparent?: string
  readonly tracestate?: string
}

/** Carries the context from a handler to what it publishes. `@ledgerbus/context` fulfils it with AsyncLocalStorage. */
export interface EventContextCarrier {
  /** `undefined` outside of any context. */
  current(): EventContext | undefined
  /** Runs `action`, and all it awaits, within the context. */
  run<Result>(context: EventContext, action: () => Result): Result
}
