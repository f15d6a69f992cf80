/** One partition's place in the queue for slots. */
export interface SlotQueue {
  /** Resolves with `true` when a slot is free; with `false` once the queue was closed. */
  take(): Promise<boolean>
  give(): void
  /**
   * Sends everybody away who waits here, and gives back what is held: the handlers of a partition that was taken away are aborted, and one that
   * never settles must not stop the others for ever.
   */
  close(): void
}

/** The bound on handlers running at once. Partitions take turns, so that a full one does not starve the others. */
export interface Slots {
  openQueue(): SlotQueue
}

type Admit = (admitted: boolean) => void

export function createSlots(concurrency: number): Slots {
  let free = concurrency
  /** Queues in which somebody waits, the next one first. */
  const ring: Set<Admit>[] = []

  function give(): void {
    const queue = ring.shift()
    if (queue === undefined) {
      free += 1
      return
    }
    const [admit] = queue
    if (admit === undefined) {
      give()
      return
    }
    queue.delete(admit)
    if (queue.size > 0) ring.push(queue)
    admit(true)
  }

  function waitIn(queue: Set<Admit>): Promise<boolean> {
    return new Promise((resolve) => {
      queue.add(resolve)
      if (queue.size === 1) ring.push(queue)
    })
  }

  return {
    openQueue() {
      const queue = new Set<Admit>()
      let held = 0
      let isClosed = false
      return {
        async take() {
          if (isClosed) return false
          if (free > 0) free -= 1
          else if (!(await waitIn(queue))) return false
          held += 1
          return true
        },
        give() {
          if (isClosed) return
          held -= 1
          give()
        },
        close() {
          isClosed = true
          const place = ring.indexOf(queue)
          if (place >= 0) ring.splice(place, 1)
          for (const admit of queue) admit(false)
          queue.clear()
          for (; held > 0; held -= 1) give()
        },
      }
    },
  }
}
