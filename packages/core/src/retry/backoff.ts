import type { Random } from '../ports/random.ts'
import type { RetryPolicy } from './retry-policy.ts'

/**
 * How long to wait after an attempt failed, in whole milliseconds: full jitter, so anything from 0 to an upper bound that grows with each
 * attempt. Handlers that failed together thus do not come back together.
 *
 * @param attempt the one that failed; the first is 1
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: Random): number {
  if (policy.initialDelayMs === 0) return 0
  const bound = Math.min(policy.maxDelayMs, policy.initialDelayMs * policy.factor ** (attempt - 1))
  return Math.floor(random.next() * bound)
}
