import type { Envelope, EventDefinition, EventPattern, RetryPolicy } from '@ledgerbus/core'
import type { Handler } from '../handler.ts'

/** A subscription, checked and complete. */
export interface BoundHandler {
  readonly name: string
  readonly target:
    | { readonly kind: 'definition'; readonly definition: EventDefinition }
    | { readonly kind: 'pattern'; readonly pattern: EventPattern }
  readonly handler: Handler<Envelope>
  readonly policy: RetryPolicy
}
