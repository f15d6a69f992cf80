import type { Clock } from '@ledgerbus/core'

/** Waits; `false` when the signal ended the wait. */
export async function waitUnless(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, { signal })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
