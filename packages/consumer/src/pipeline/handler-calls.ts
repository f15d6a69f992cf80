import { AsyncLocalStorage } from 'node:async_hooks'
import type { Turn } from '../lanes/turn.ts'

/** The calls of handlers under way in one consumer. */
export interface HandlerCalls {
  /** Runs a handler; whatever it awaits knows its turn. */
  run(turn: Turn, call: () => unknown): Promise<unknown>
  /** The turn whose handler is asking; `undefined` outside of this consumer's handlers. */
  current(): Turn | undefined
  /** How many have not settled. */
  readonly running: number
}

export function createHandlerCalls(): HandlerCalls {
  const storage = new AsyncLocalStorage<Turn>()
  let running = 0
  return {
    async run(turn, call) {
      running += 1
      try {
        return await storage.run(turn, call)
      } finally {
        running -= 1
      }
    },
    current: () => storage.getStore(),
    get running() {
      return running
    },
  }
}
