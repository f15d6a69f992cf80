import { type Envelope, upcastEvent, validateEvent } from '@ledgerbus/core'
import type { BoundHandler } from '../subscription/bound-handler.ts'

/** How far an event came on its way to a handler. */
export type Prepared = { readonly kind: 'event'; readonly event: Envelope } | Unfit

/** It fails the same way every time. */
export interface Unfit {
  readonly kind: 'unfit'
  readonly step: 'upcast' | 'validate'
  /** As it was before that step. */
  readonly event: Envelope
  readonly error: unknown
}

/** The event as a handler's filter sees it: in the newest version, where upcasters lead there; as it was decoded when it subscribed by pattern. */
export function upcastFor({ target }: BoundHandler, envelope: Envelope): Prepared {
  if (target.kind === 'pattern') return { kind: 'event', event: envelope }
  try {
    return { kind: 'event', event: upcastEvent(target.definition, envelope) }
  } catch (error) {
    return { kind: 'unfit', step: 'upcast', event: envelope, error }
  }
}

/** The event as a handler gets it: checked against its definition; as it was decoded when it subscribed by pattern. */
export function validateFor({ target }: BoundHandler, upcast: Prepared): Prepared {
  if (upcast.kind === 'unfit' || target.kind === 'pattern') return upcast
  try {
    return { kind: 'event', event: validateEvent(target.definition, upcast.event) }
  } catch (error) {
    return { kind: 'unfit', step: 'validate', event: upcast.event, error }
  }
}
