import type { Clock } from '@ledgerbus/core'

/** Whether `work` settled, well or badly, within `ms`. It goes on either way. */
export async function settledWithin(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  const wait = new AbortController()
  const settled = work.then(
    () => true,
    () => true,
  )
  const expired = clock.sleep(ms, { signal: wait.signal }).then(
    () => false,
    () => true,
  )
  const inTime = await Promise.race([settled, expired])
  wait.abort()
  return inTime
}
