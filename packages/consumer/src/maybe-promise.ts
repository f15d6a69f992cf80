/**
 * A value now, or a promise of it. Handlers that return at once are finished at once: a record costs no promise then, which is most of what an
 * idle handler would cost.
 */
export type MaybePromise<Value> = Value | Promise<Value>

/** Goes on with the value: at once when it is there. */
export function andThen<Value, Next>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Next>,
): MaybePromise<Next> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Whether a handler's result is to be awaited: what `await` would wait for. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { readonly then?: unknown }).then === 'function'
  )
}
