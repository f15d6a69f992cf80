import { type Envelope, validateEvent } from '@ledgerbus/core'
import type { BoundHandler } from '../subscription/bound-handler.ts'

export type Validated =
  | { readonly kind: 'event'; readonly event: Envelope }
  | { readonly kind: 'invalid'; readonly error: unknown }

/** The event as a handler gets it: checked against its definition; as it was decoded when it subscribed by pattern. */
export function validateFor({ target }: BoundHandler, envelope: Envelope): Validated {
  if (target.kind === 'pattern') return { kind: 'event', event: envelope }
  try {
    return { kind: 'event', event: validateEvent(target.definition, envelope) }
  } catch (error) {
    return { kind: 'invalid', error }
  }
}
