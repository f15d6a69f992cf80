import { LedgerbusError } from '@ledgerbus/core'
import type { PublishReceipt } from './producer.ts'
import type { PublishError } from './publish-error.ts'

/** How one event of a `publishMany` ended. */
export type PublishManyResult =
  | { readonly kind: 'ok'; readonly receipt: PublishReceipt }
  | { readonly kind: 'failed' | 'unknown'; readonly error: PublishError }

/** Some events of a `publishMany` were published and others not; `results` says which, in the order of the inputs. */
export class PublishManyError extends LedgerbusError {
  declare readonly code: 'PUBLISH_INCOMPLETE'
  readonly eventName: string
  /** One an input, in the same order. */
  readonly results: readonly PublishManyResult[]

  constructor(eventName: string, results: readonly PublishManyResult[]) {
    const failed = results.filter((result) => result.kind === 'failed').length
    const unknown = results.filter((result) => result.kind === 'unknown').length
    const first = results.find((result) => result.kind !== 'ok')?.error
    super(
      `${eventName}: of ${results.length} events ${results.length - failed - unknown} were published, ${failed} failed, ` +
        `${unknown} are unknown; the error's results name each; the first: ${first?.message ?? 'none'}`,
      { code: 'PUBLISH_INCOMPLETE', outcome: unknown > 0 ? 'unknown' : 'failed', cause: first },
    )
    this.eventName = eventName
    this.results = results
  }
}
