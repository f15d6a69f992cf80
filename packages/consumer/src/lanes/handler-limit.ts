/** The bound on the calls of one handler that run at once. */
export interface HandlerLimit {
  /** Takes a place if there is one, at once. */
  tryTake(): boolean
  /** Waits for a place; `false`: the signal came first. */
  take(signal: AbortSignal): Promise<boolean>
  give(): void
}

export function createHandlerLimit(concurrency: number): HandlerLimit {
  let free = concurrency
  /** Who waits, the longest first. */
  const waiting = new Set<() => void>()

  return {
    tryTake() {
      if (free === 0) return false
      free -= 1
      return true
    },
    take(signal) {
      if (signal.aborted) return Promise.resolve(false)
      return new Promise((resolve) => {
        function end(isTaken: boolean): void {
          waiting.delete(onFree)
          signal.removeEventListener('abort', onAbort)
          resolve(isTaken)
        }
        const onFree = () => end(true)
        const onAbort = () => end(false)
        waiting.add(onFree)
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
    give() {
      const [next] = waiting
      if (next === undefined) free += 1
      else next()
    },
  }
}
