import type { LedgerbusError } from '../errors/ledgerbus-error.ts'

/** Nothing happened, or it cannot be known whether it did. `unknown` is neither success nor failure. */
export type NotOk =
  | { readonly kind: 'failed'; readonly error: LedgerbusError }
  | { readonly kind: 'unknown'; readonly error: LedgerbusError }

/** How an operation on another system ended. */
export type Outcome = { readonly kind: 'ok' } | NotOk

/** How an append ended. With `ok`, record i of the batch stands at `baseOffset + i`. */
export type AppendOutcome = { readonly kind: 'ok'; readonly baseOffset: bigint } | NotOk
