import type { Clock, WaitOptions } from '@ledgerbus/core'

/** Until a moment of the monotonic clock, never before it: timers may be up to a millisecond early. A moment that is past is not waited for. */
export async function sleepUntil(clock: Clock, atMs: number, wait: WaitOptions): Promise<void> {
  for (let leftMs = atMs - clock.monotonicMs(); leftMs > 0; leftMs = atMs - clock.monotonicMs()) {
    await clock.sleep(leftMs, wait)
  }
}
