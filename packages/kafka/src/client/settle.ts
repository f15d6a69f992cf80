import type { Clock } from '@ledgerbus/core'

/** How a wait ended. What was waited for goes on unheard when it is late or aborted. */
export type Settled<Value> =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'late' }
  | { readonly kind: 'aborted'; readonly reason: unknown }

export interface SettleOptions {
  readonly clock: Clock
  readonly withinMs: number
  readonly signal?: AbortSignal | undefined
}

/** Waits for `work`, but not for ever. Never rejects. */
export async function settle<Value>(work: Promise<Value>, options: SettleOptions): Promise<Settled<Value>> {
  const { clock, withinMs, signal } = options
  const over = new AbortController()
  const worked = work.then(
    (value): Settled<Value> => ({ kind: 'value', value }),
    (error: unknown): Settled<Value> => ({ kind: 'error', error }),
  )
  const late = clock.sleep(withinMs, { signal: over.signal }).then(
    (): Settled<Value> => ({ kind: 'late' }),
    (): Settled<Value> => ({ kind: 'late' }),
  )
  const aborted = new Promise<Settled<Value>>((resolve) => {
    const abort = () => resolve({ kind: 'aborted', reason: signal?.reason })
    if (signal?.aborted === true) abort()
    else signal?.addEventListener('abort', abort, { once: true, signal: over.signal })
  })
  try {
    return await Promise.race([worked, aborted, late])
  } finally {
    over.abort()
  }
}
