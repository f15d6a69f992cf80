import type { ConsumerRecord, Envelope, ReplayMarks } from '@ledgerbus/core'
import type { BoundHandler } from '../subscription/bound-handler.ts'

/** How one call of a handler ended. */
export type AttemptEnd =
  | { readonly kind: 'handled' }
  | { readonly kind: 'skipped'; readonly rule: string; readonly replayId?: string }
  | { readonly kind: 'failed'; readonly error: unknown; readonly step?: 'timeout' }
  /** Partition lost, or closed: whatever the handler did, it does not count. */
  | { readonly kind: 'left' }

/** One call of a handler. */
export interface Attempt {
  readonly handler: BoundHandler
  readonly event: Envelope
  readonly record: ConsumerRecord
  readonly replay: ReplayMarks | undefined
  readonly attempt: number
  readonly groupId: string
}
