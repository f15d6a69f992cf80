/** What work took. */
export interface Taken {
  readonly seconds: number
  /** Of the processor, by this process. */
  readonly cpuSeconds: number
}

/** Counts to a number and tells what that took, from the first to the last: joining a group is not the work. */
export interface Countdown {
  one(): void
  readonly taken: Promise<Taken>
}

export interface CountdownOptions {
  /** When to stop counting and to reckon from the pace so far, in milliseconds from now; `Infinity` seconds if nothing was counted. @default never */
  readonly withinMs?: number | undefined
}

export function createCountdown(count: number, { withinMs }: CountdownOptions = {}): Countdown {
  let resolve: (taken: Taken) => void = () => undefined
  const taken = new Promise<Taken>((resolved) => {
    resolve = resolved
  })
  let seen = 0
  let started = 0
  let cpuBefore: NodeJS.CpuUsage | undefined

  /** Reckoned for all from those that were seen. */
  function end(): void {
    const { user, system } = process.cpuUsage(cpuBefore)
    const seconds = ((performance.now() - started) / 1000) * (count / seen)
    resolve(
      seen === 0
        ? { seconds: Number.POSITIVE_INFINITY, cpuSeconds: Number.POSITIVE_INFINITY }
        : { seconds, cpuSeconds: ((user + system) / 1e6) * (count / seen) },
    )
  }

  const limit = withinMs === undefined ? undefined : setTimeout(end, withinMs)
  return {
    one() {
      if (seen === 0) {
        started = performance.now()
        cpuBefore = process.cpuUsage()
      }
      seen += 1
      if (seen !== count) return
      clearTimeout(limit)
      end()
    },
    taken,
  }
}
