import type { IdempotencyStore } from '@ledgerbus/core'

/** How records that come twice are told. */
export interface IdempotencyOptions {
  readonly store: IdempotencyStore
  /** How long an attempt may take before another one takes its claim for given up, in milliseconds; longer than the slowest handler. @default 300_000 */
  readonly holdMs?: number
}
