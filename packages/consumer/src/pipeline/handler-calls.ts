import { AsyncLocalStorage } from 'node:async_hooks'
import type { Turn } from '../lanes/turn.ts'
import { isPromiseLike } from '../maybe-promise.ts'

/** The calls of handlers under way in one consumer. */
export interface HandlerCalls {
  /** Calls a handler and returns what it returned; whatever it awaits knows its turn. */
  run(turn: Turn, call: () => unknown): unknown
  /** The turn whose handler is asking; `undefined` outside of this consumer's handlers, and in what a handler left behind when it returned. */
  current(): Turn | undefined
  /** How many have not settled and still count: those of partitions that were taken away do not. */
  running(): number
}

interface Call {
  /** A lane goes on to other records, and its turn with it. */
  turn: Turn | undefined
}

export function createHandlerCalls(): HandlerCalls {
  const storage = new AsyncLocalStorage<Call>()
  const calling = new Set<Call>()

  async function follow(call: Call, result: PromiseLike<unknown>): Promise<unknown> {
    calling.add(call)
    try {
      return await result
    } finally {
      calling.delete(call)
      call.turn = undefined
    }
  }

  return {
    run(turn, handler) {
      const call: Call = { turn }
      const result = storage.run(call, handler)
      if (isPromiseLike(result)) return follow(call, result)
      call.turn = undefined
      return result
    },
    current: () => storage.getStore()?.turn,
    running: () => [...calling].filter(({ turn }) => turn?.ownership.isOver() === false).length,
  }
}
