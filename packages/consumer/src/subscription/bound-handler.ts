import type { Envelope, EventDefinition, EventPattern, RetryPolicy } from '@ledgerbus/core'
import type { Handler } from '../handler.ts'
import type { HandlerLimit } from '../lanes/handler-limit.ts'

/** A subscription, checked and complete. */
export interface BoundHandler {
  readonly name: string
  readonly target:
    | { readonly kind: 'definition'; readonly definition: EventDefinition }
    | { readonly kind: 'pattern'; readonly pattern: EventPattern }
  readonly handler: Handler<Envelope>
  readonly policy: RetryPolicy
  /** On its calls that run at once; `undefined`: the consumer's own bound is enough. */
  readonly limit: HandlerLimit | undefined
}
