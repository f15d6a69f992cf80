import type { Clock } from '@ledgerbus/core'

const windowMs = 5_000

/** How fast something goes just now. */
export interface RateMeter {
  add(count: number): void
  /** A second, over the last few seconds. */
  ratePerSecond(): number
}

export function createRateMeter(clock: Clock): RateMeter {
  const startedAtMs = clock.monotonicMs()
  let recent: { readonly atMs: number; readonly count: number }[] = []

  return {
    add(count) {
      const atMs = clock.monotonicMs()
      recent = recent.filter((one) => one.atMs > atMs - windowMs)
      recent.push({ atMs, count })
    },
    ratePerSecond() {
      const nowMs = clock.monotonicMs()
      const counted = recent.filter((one) => one.atMs > nowMs - windowMs)
      const spanMs = Math.min(windowMs, nowMs - startedAtMs)
      return spanMs <= 0 ? 0 : (counted.reduce((sum, { count }) => sum + count, 0) / spanMs) * 1_000
    },
  }
}
