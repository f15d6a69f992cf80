import type { ConsumerRecord, Envelope, EventContext, EventContextCarrier } from '@ledgerbus/core'
import { headerNames, recordHeaderText } from '@ledgerbus/core'
import type { Ownership } from '../group/ownership.ts'
import type { HandlerContext } from '../handler.ts'
import type { Turn } from '../lanes/turn.ts'
import { isPromiseLike, type MaybePromise } from '../maybe-promise.ts'
import { callWithin } from '../middleware/call-within.ts'
import type { SingleBoundHandler } from '../subscription/bound-handler.ts'
import type { Attempt, AttemptEnd } from './attempt.ts'
import { AttemptContext } from './attempt-context.ts'
import type { HandlerCalls } from './handler-calls.ts'
import { skipRuleOf } from './skip.ts'
import { endInTime, type TimedEnds, type TimeLimitTools } from './time-limit.ts'

export interface HandleTools extends TimeLimitTools {
  readonly context: EventContextCarrier
  readonly calls: HandlerCalls
}

/**
 * Calls the handler once, within the event's context. Never throws or rejects.
 *
 * @param giveUp the call no longer counts among those of its handler
 */
export function attemptHandler(
  attempt: Attempt,
  bound: SingleBoundHandler,
  turn: Turn,
  tools: HandleTools,
  giveUp: () => void = () => undefined,
): MaybePromise<AttemptEnd> {
  const { event, record } = attempt
  const { ownership } = turn
  const context = new AttemptContext(attempt, ownership.over)

  async function settle(result: PromiseLike<unknown>): Promise<AttemptEnd> {
    try {
      const value = await result
      return ownership.isOver() ? left(record, ownership, tools) : succeeded(value)
    } catch (error) {
      return ownership.isOver() ? left(record, ownership, tools) : { kind: 'failed', error }
    } finally {
      context.release()
    }
  }

  try {
    const result = tools.calls.run(turn, () =>
      tools.context.run(eventContextOf(event, record), () => callHandler(bound, event, context)),
    )
    if (isPromiseLike(result)) {
      const settled = settle(result)
      const { timeLimit } = bound
      return timeLimit === undefined
        ? settled
        : endInTime(
            timeLimit,
            attempt,
            { settled, abort: (reason) => context.abort(reason), giveUp },
            timedEnds,
            turn,
            tools,
          )
    }
    context.release()
    return ownership.isOver() ? left(record, ownership, tools) : succeeded(result)
  } catch (error) {
    context.release()
    return ownership.isOver() ? left(record, ownership, tools) : { kind: 'failed', error }
  }
}

const timedEnds: TimedEnds<AttemptEnd> = {
  timedOut: (error) => ({ kind: 'failed', error, step: 'timeout' }),
  left: { kind: 'left' },
}

function callHandler(
  { name, handler, middleware }: SingleBoundHandler,
  event: Envelope,
  context: HandlerContext,
): unknown {
  if (middleware.length === 0) return handler(event, context)
  const { groupId, record, signal, skip } = context
  const call = { handlerName: name, groupId, events: [event], records: [record], signal, skip }
  return callWithin(middleware, call, () => handler(event, context))
}

function succeeded(result: unknown): AttemptEnd {
  const rule = skipRuleOf(result)
  return rule === undefined ? handled : { kind: 'skipped', rule }
}

/** Many handlers return early once their signal is aborted: that is no success. */
function left(record: ConsumerRecord, ownership: Ownership, { activity }: HandleTools): AttemptEnd {
  if (ownership.isLost()) activity.tell({ kind: 'record-late', record })
  return { kind: 'left' }
}

const handled: AttemptEnd = { kind: 'handled' }

/** What the handler publishes follows from this event. */
function eventContextOf(event: Envelope, record: ConsumerRecord): EventContext {
  const { correlationId, eventId: causationId } = event
  const traceparent = recordHeaderText(record, headerNames.traceparent)
  const tracestate = recordHeaderText(record, headerNames.tracestate)
  if (traceparent === undefined && tracestate === undefined) return { correlationId, causationId }
  return {
    correlationId,
    causationId,
    ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
  }
}
