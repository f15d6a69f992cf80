import type { Clock } from '../ports/clock.ts'

/**
 * Whether `work` settled, well or badly, within `ms` milliseconds. It goes on either way; how it ended is for those who hold it.
 * Leaves no timer behind.
 */
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
