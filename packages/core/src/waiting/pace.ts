import type { Clock } from '../ports/clock.ts'
import type { WaitOptions } from '../ports/wait-options.ts'

/** Holds a run to a rate. */
export interface Pace {
  /** Most records to take at once, so that the rate is kept within a fraction of a second, not by bursts. */
  readonly burst: number
  /** Resolves when `records` may go out; an abort ends the wait and rejects with the signal's reason. */
  take(records: number, options?: WaitOptions): Promise<void>
}

/** A fifth of a second: ten pages a second would be dearer, one a second would be felt as bursts. */
const burstMs = 200

/**
 * A token bucket over the clock. It starts full and holds one burst, so a pause (a slow broker, a sleeping laptop) is not made up for by a
 * flood.
 *
 * @param ratePerSecond absent: as fast as it goes
 */
export function createPace(ratePerSecond: number | undefined, clock: Clock): Pace {
  if (ratePerSecond === undefined) {
    return { burst: Number.POSITIVE_INFINITY, take: async () => undefined }
  }
  const burst = Math.max(1, Math.floor((ratePerSecond * burstMs) / 1_000))
  let tokens = burst
  let filledAtMs = clock.monotonicMs()

  function fill(): void {
    const nowMs = clock.monotonicMs()
    tokens = Math.min(burst, tokens + ((nowMs - filledAtMs) / 1_000) * (ratePerSecond as number))
    filledAtMs = nowMs
  }

  return {
    burst,
    async take(records, options = {}) {
      fill()
      // What is missing is owed: the next call waits for it, so the mean holds whatever a timer's error.
      const missing = records - tokens
      tokens -= records
      if (missing > 0) await clock.sleep((missing / ratePerSecond) * 1_000, options)
    },
  }
}
