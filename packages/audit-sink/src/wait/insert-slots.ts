/** So many inserts at once in a process: beyond that the server only queues them. */
export interface InsertSlots {
  /** Waits for a slot, first come, first served. `undefined` after an abort; otherwise what gives the slot back. */
  take(signal: AbortSignal): Promise<(() => void) | undefined>
}

export function createInsertSlots(count: number): InsertSlots {
  let free = count
  const queue: (() => void)[] = []

  function release(): void {
    const next = queue.shift()
    if (next === undefined) free += 1
    else next()
  }

  /** Once, however often it is called. */
  function releaseOnce(): () => void {
    let isHeld = true
    return () => {
      if (isHeld) release()
      isHeld = false
    }
  }

  return {
    take(signal) {
      if (signal.aborted) return Promise.resolve(undefined)
      if (free > 0) {
        free -= 1
        return Promise.resolve(releaseOnce())
      }
      return new Promise((resolve) => {
        function begin(): void {
          signal.removeEventListener('abort', giveUp)
          resolve(releaseOnce())
        }
        function giveUp(): void {
          const place = queue.indexOf(begin)
          if (place >= 0) queue.splice(place, 1)
          resolve(undefined)
        }
        queue.push(begin)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}
