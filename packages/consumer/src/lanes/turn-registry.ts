import type { Turn } from './turn.ts'

/** All lanes at work in a consumer: what a drain waits for. */
export interface TurnRegistry {
  /** The lane has a record. */
  opened(turn: Turn): void
  /** It has none, or will not go on. */
  ended(turn: Turn): void
  /** It works: a handler runs, or something is being written. */
  active(turn: Turn): void
  /** It waits: for a slot, or for the time of the next attempt. */
  idle(turn: Turn): void
  /** Nobody waits for this one any more: its handler waits for the drain. */
  excuse(turn: Turn): void
  /** Resolves when no lane has a record. */
  quiet(): Promise<void>
  /** Resolves when no lane works, whatever still waits. */
  calm(): Promise<void>
}

export function createTurnRegistry(): TurnRegistry {
  const open = createCrowd()
  const working = createCrowd()
  /** A handler may ask before its call has returned, and so before its lane is known to be open. */
  const excused = new WeakSet<Turn>()
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
  add(turn: Turn): void
  remove(turn: Turn): void
  gone(): Promise<void>
}

function createCrowd(): Crowd {
  const present = new Set<Turn>()
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
