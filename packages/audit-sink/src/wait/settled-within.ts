import type { Clock } from '@ledgerbus/core'

/** Resolves when `work` is done, and at the deadline all the same. Leaves no timer behind. */
export async function settledWithin(work: Promise<unknown>, timeoutMs: number, clock: Clock): Promise<void> {
  const isDone = new AbortController()
  const deadline = clock.sleep(timeoutMs, { signal: isDone.signal }).catch(() => undefined)
  await Promise.race([work, deadline]).finally(() => {
    isDone.abort()
  })
}
