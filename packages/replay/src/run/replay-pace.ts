/** What a run goes by where its caller says nothing else. */
export const defaultReplayPace: Readonly<
  Required<Pick<ReplayPace, 'maxInFlight' | 'maxGapMs' | 'maxLag' | 'maxErrors'>>
> = Object.freeze({
  maxInFlight: 2_000,
  maxGapMs: 60_000,
  maxLag: 10_000,
  maxErrors: 100,
})

/** How fast a run goes and when it ends early, its defaults filled in: given to `run` again, it goes on in the same way. */
export interface ReplayPace {
  /** Absent: as fast as it goes. */
  readonly ratePerSecond?: number
  /** So many times the original speed; absent: without gaps. */
  readonly speed?: number
  /** Longest gap, in milliseconds; absent without `speed`. */
  readonly maxGapMs?: number
  readonly maxInFlight: number
  /** `Infinity`: it waits for no group. */
  readonly maxLag: number
  /** `Infinity`: any number of entries may fail. */
  readonly maxErrors: number
}
