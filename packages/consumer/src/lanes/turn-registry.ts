/** All turns of a consumer's lanes, told apart by themselves: what a drain waits for. */
export interface TurnRegistry {
  /** The lane has a record. */
  opened(turn: object): void
  /** It has none, or will not go on. */
  ended(turn: object): void
  /** It works: a handler runs, or something is being written. */
  active(turn: object): void
  /** It waits: for a slot, or for the time of the next attempt. */
  idle(turn: object): void
  /** Nobody waits for this one any more: its handler waits for the drain. */
  excuse(turn: object): void
  /** Resolves when no lane has a record. */
  quiet(): Promise<void>
  /** Resolves when no lane works, whatever still waits. */
  calm(): Promise<void>
}

export function createTurnRegistry(): TurnRegistry {
  const open = createCrowd()
  const working = createCrowd()
  /** A handler may ask before its call has returned, and so before its lane is known to be open. */
  const excused = new WeakSet<object>()
  return {
    opened(turn) {
      if (!excused.has(turn)) open.add(turn)
    },
    ended(turn) {
      working.remove(turn)
      open.remove(turn)
    },
    active(turn) {
      if (!excused.has(turn)) working.add(turn)
    },
    idle: working.remove,
    excuse(turn) {
      excused.add(turn)
      working.remove(turn)
      open.remove(turn)
    },
    quiet: open.gone,
    calm: working.gone,
  }
}

/** Those who are here, and the wish to know when nobody is. */
interface Crowd {
  add(turn: object): void
  remove(turn: object): void
  gone(): Promise<void>
}

function createCrowd(): Crowd {
  const present = new Set<object>()
  let listeners: (() => void)[] = []
  return {
    add(turn) {
      present.add(turn)
    },
    remove(turn) {
      present.delete(turn)
      if (present.size > 0 || listeners.length === 0) return
      const waiting = listeners
      listeners = []
      for (const listener of waiting) listener()
    },
    gone() {
      if (present.size === 0) return Promise.resolve()
      return new Promise((resolve) => {
        listeners.push(resolve)
      })
    },
  }
}
