import type { PendingPublish, PublishHolder } from './pending-publish.ts'

/** How much may be on its way at once. */
export interface BufferRoomLimits {
  readonly maxRecords: number
  readonly maxBytes: number
}

/** The producer's bound on memory: publishes beyond it wait here, first come first served. */
export interface BufferRoom {
  /** Calls `enter` when there is room: at once, or later in the order of the calls, which is the order within a key. */
  admit(publish: PendingPublish, enter: () => void): void
  /** Gives the room of admitted publishes back. */
  release(publishes: readonly PendingPublish[]): void
  /** Ends what waits for room. */
  waiting(): readonly PendingPublish[]
  /** Resolves when nothing is admitted and nothing waits. */
  idle(): Promise<void>
}

export function createBufferRoom(limits: BufferRoomLimits): BufferRoom {
  const waiting = new Map<PendingPublish, () => void>()
  let idleListeners: (() => void)[] = []
  let records = 0
  let bytes = 0

  function fits(publish: PendingPublish): boolean {
    // An empty room takes any record, so that none waits for ever.
    return records === 0 || (records < limits.maxRecords && bytes + publish.bytes <= limits.maxBytes)
  }

  function take(publish: PendingPublish): void {
    records += 1
    bytes += publish.bytes
  }

  /** `enter` is called here and now: a detour over a promise would let later calls overtake. */
  function admitWaiting(): void {
    for (const [publish, enter] of waiting) {
      if (!fits(publish)) break
      waiting.delete(publish)
      take(publish)
      enter()
    }
    if (records === 0 && waiting.size === 0) {
      const listeners = idleListeners
      idleListeners = []
      for (const listener of listeners) listener()
    }
  }

  const holder: PublishHolder = {
    drop(publish) {
      waiting.delete(publish)
      // The next one may be smaller and fit.
      admitWaiting()
    },
  }

  return {
    admit(publish, enter) {
      if (waiting.size === 0 && fits(publish)) {
        take(publish)
        enter()
        return
      }
      publish.heldBy(holder)
      waiting.set(publish, enter)
    },
    release(publishes) {
      for (const publish of publishes) bytes -= publish.bytes
      records -= publishes.length
      // Once for all of them: to find the first of a long queue costs more the more were taken from its front.
      admitWaiting()
    },
    waiting: () => [...waiting.keys()],
    idle() {
      if (records === 0 && waiting.size === 0) return Promise.resolve()
      return new Promise((resolve) => {
        idleListeners.push(resolve)
      })
    },
  }
}
