import { AsyncLocalStorage } from 'node:async_hooks'
import type { Turn } from '../lanes/turn.ts'
import { isPromiseLike } from '../maybe-promise.ts'

/** The calls of handlers under way in one consumer. */
export interface HandlerCalls {
  /** Calls a handler and returns what it returned; whatever it awaits knows its turn. */
  run(turn: Turn, call: () => unknown): unknown
  /** The turn whose handler is asking; `undefined` outside of this consumer's handlers. */
  current(): Turn | undefined
  /** How many have not settled and still count: those of partitions that were taken away do not. */
  running(): number
}

export function createHandlerCalls(): HandlerCalls {
  const storage = new AsyncLocalStorage<Turn>()
  const calling = new Set<Turn>()

  async function follow(turn: Turn, result: PromiseLike<unknown>): Promise<unknown> {
    calling.add(turn)
    try {
      return await result
    } finally {
      calling.delete(turn)
    }
  }

  return {
    run(turn, call) {
      const result = storage.run(turn, call)
      return isPromiseLike(result) ? follow(turn, result) : result
    },
    current: () => storage.getStore(),
    running: () => [...calling].filter((turn) => !turn.ownership.isOver()).length,
  }
}
