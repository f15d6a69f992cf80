import { backoffMs, type Clock, type Random, resolveRetryPolicy, type RetryPolicy } from '@ledgerbus/core'
import type { Condition } from './condition.ts'

/** Between tries of what will work again some time: 0.2 s at first, 5 s at most, with full jitter. */
const soon: RetryPolicy = resolveRetryPolicy({ initialDelayMs: 200, maxDelayMs: 5_000 })

/** Between tries of what somebody has to repair first. */
const repairMs = 30_000

/** What {@link pauseBeforeRetry} works with. */
export interface PauseNeeds {
  readonly clock: Clock
  readonly random: Random
}

/**
 * Waits before the same thing is tried again.
 *
 * @param attempt the one that failed; the first is 1
 * @param options `recovered` ends the wait: another one got through
 */
export async function pauseBeforeRetry(
  { random }: PauseNeeds,
  attempt: number,
  options: { readonly retriable: boolean; readonly signal: AbortSignal; readonly recovered: Condition },
): Promise<void> {
  const timeoutMs = options.retriable ? backoffMs(soon, attempt, random) : repairMs
  await options.recovered.changed({ signal: options.signal, timeoutMs })
}

/** Whether a repeated failure is worth a line in the log: the first, the second, the fourth, the eighth ... */
export function isWorthALine(attempt: number): boolean {
  return (attempt & (attempt - 1)) === 0
}
