import type { ReplayPace } from './replay-pace.ts'
import type { ResolvedRunOptions } from './resolve-run-options.ts'

/** What of a run's options others have to know to go on as it did. */
export function paceOf({
  ratePerSecond,
  speed,
  maxGapMs,
  maxInFlight,
  maxLag,
  maxErrors,
}: ResolvedRunOptions): ReplayPace {
  return {
    ...(ratePerSecond !== undefined && { ratePerSecond }),
    ...(speed !== undefined && { speed, maxGapMs }),
    maxInFlight,
    maxLag,
    maxErrors,
  }
}
