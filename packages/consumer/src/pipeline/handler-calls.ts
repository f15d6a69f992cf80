import { AsyncLocalStorage } from 'node:async_hooks'
import type { Turn } from '../lanes/turn.ts'

/** The calls of handlers under way in one consumer. */
export interface HandlerCalls {
  /** Runs a handler; whatever it awaits knows its turn. */
  run(turn: Turn, call: () => unknown): Promise<unknown>
  /** The turn whose handler is asking; `undefined` outside of this consumer's handlers. */
  current(): Turn | undefined
  /** How many have not settled and still count: those of partitions that were taken away do not. */
  running(): number
}

export function createHandlerCalls(): HandlerCalls {
  const storage = new AsyncLocalStorage<Turn>()
  const calling = new Set<Turn>()
  return {
    async run(turn, call) {
      calling.add(turn)
      try {
        return await storage.run(turn, call)
      } finally {
        calling.delete(turn)
      }
    },
    current: () => storage.getStore(),
    running: () => [...calling].filter((turn) => !turn.ownership.isOver()).length,
  }
}
