import type { Turn } from './turn.ts'

/** All lanes at work in a consumer: what a drain waits for. */
export interface TurnRegistry {
  opened(turn: Turn): void
  ended(turn: Turn): void
  /** Nobody waits for this one any more: its handler waits for the drain. */
  excuse(turn: Turn): void
  /** Resolves when no lane is at work. */
  quiet(): Promise<void>
}

export function createTurnRegistry(): TurnRegistry {
  const working = new Set<Turn>()
  let listeners: (() => void)[] = []

  function remove(turn: Turn): void {
    working.delete(turn)
    if (working.size > 0) return
    const waiting = listeners
    listeners = []
    for (const listener of waiting) listener()
  }

  return {
    opened(turn) {
      working.add(turn)
    },
    ended: remove,
    excuse: remove,
    quiet() {
      if (working.size === 0) return Promise.resolve()
      return new Promise((resolve) => {
        listeners.push(resolve)
      })
    },
  }
}
