import { ConsumerError } from '../consumer-error.ts'
import { skipRuleOf } from '../pipeline/skip.ts'
import type { HandlerCall, Middleware } from './middleware.ts'

/** Calls a handler within middleware, the first outermost. */
export function callWithin(middleware: readonly Middleware[], call: HandlerCall, handler: () => unknown): unknown {
  return enter(0)

  function enter(index: number): unknown {
    const around = middleware[index]
    return around === undefined ? handler() : callOne(around, index)
  }

  async function callOne(around: Middleware, index: number): Promise<unknown> {
    let isEntered = false
    const next = async (): Promise<unknown> => {
      if (isEntered) throw misused(call, 'called next() twice; once is what a handler expects')
      isEntered = true
      return enter(index + 1)
    }
    const result = await around(call, next)
    if (!isEntered && skipRuleOf(result) === undefined) {
      throw misused(call, 'neither called next() nor returned call.skip(rule), so nobody handled the event')
    }
    return result
  }
}

function misused({ handlerName }: HandlerCall, what: string): ConsumerError {
  return new ConsumerError(`${handlerName}: a middleware ${what}`, { code: 'CONSUMER_MIDDLEWARE_MISUSED' })
}
