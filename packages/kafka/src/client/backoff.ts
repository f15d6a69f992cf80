import type { Random } from '@ledgerbus/core'

/** Waits between the adapter's own repetitions. */
export interface Backoff {
  readonly firstMs: number
  readonly mostMs: number
}

/** Doubles from `firstMs` to `mostMs`; the upper half is jitter, so that clients that failed together do not return together. */
export function backoffMs({ firstMs, mostMs }: Backoff, failures: number, random: Random): number {
  const bound = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.round(bound / 2 + (random.next() * bound) / 2)
}
