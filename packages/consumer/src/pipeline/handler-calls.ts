import { AsyncLocalStorage } from 'node:async_hooks'
import type { Turn } from '../lanes/turn.ts'
import { isPromiseLike } from '../maybe-promise.ts'

/** The calls of handlers under way in one consumer. */
export interface HandlerCalls {
  /** Calls a handler and returns what it returned; whatever it awaits knows its turns: those of its records, the first its own. */
  run(turns: Turns, call: () => unknown): unknown
  /** The turns whose handler is asking; none outside of this consumer's handlers, and in what a handler left behind when it returned. */
  current(): readonly Turn[]
  /** How many have not settled and still count: those of partitions that were taken away do not. */
  running(): number
}

/** One for a record of its own, several for a batch. */
type Turns = Turn | readonly Turn[]

interface Call {
  /** Given up with the call: a lane goes on to other records, and its turn with it. */
  turns: Turns
}

const none: readonly Turn[] = []

export function createHandlerCalls(): HandlerCalls {
  const storage = new AsyncLocalStorage<Call>()
  const calling = new Set<Call>()

  async function follow(call: Call, result: PromiseLike<unknown>): Promise<unknown> {
    calling.add(call)
    try {
      return await result
    } finally {
      calling.delete(call)
      call.turns = none
    }
  }

  return {
    run(turns, handler) {
      const call: Call = { turns }
      const result = storage.run(call, handler)
      if (isPromiseLike(result)) return follow(call, result)
      call.turns = none
      return result
    },
    current: () => listed(storage.getStore()?.turns ?? none),
    running: () => [...calling].filter(({ turns }) => listed(turns)[0]?.ownership.isOver() === false).length,
  }
}

function listed(turns: Turns): readonly Turn[] {
  return 'ownership' in turns ? [turns] : turns
}
