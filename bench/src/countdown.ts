/** Counts to a number and tells how long that took, from the first to the last: joining a group is not the work. */
export interface Countdown {
  one(): void
  readonly seconds: Promise<number>
}

export function createCountdown(count: number): Countdown {
  let resolve: (seconds: number) => void = () => undefined
  const seconds = new Promise<number>((resolved) => {
    resolve = resolved
  })
  let seen = 0
  let started = 0
  return {
    one() {
      if (seen === 0) started = performance.now()
      seen += 1
      if (seen === count) resolve((performance.now() - started) / 1000)
    },
    seconds,
  }
}
