import type { ConsumerRecord, Envelope, EventContext, EventContextCarrier, ReplayMarks } from '@ledgerbus/core'
import { headerNames, headerText } from '@ledgerbus/core'
import type { Ownership } from '../group/ownership.ts'
import type { HandlerContext } from '../handler.ts'
import type { Turn } from '../lanes/turn.ts'
import { isPromiseLike, type MaybePromise } from '../maybe-promise.ts'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import type { HandlerCalls } from './handler-calls.ts'
import { createSkip, skipRuleOf } from './skip.ts'

/** How one call of a handler ended. */
export type AttemptEnd =
  | { readonly kind: 'handled' }
  | { readonly kind: 'skipped'; readonly rule: string }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** Partition lost, or closed: whatever the handler did, it does not count. */
  | { readonly kind: 'left' }

/** One call of a handler. */
export interface Attempt {
  readonly handler: BoundHandler
  readonly event: Envelope
  readonly record: ConsumerRecord
  readonly replay: ReplayMarks | undefined
  readonly attempt: number
  readonly groupId: string
}

/** Calls the handler once, within the event's context. Never throws or rejects. */
export function attemptHandler(
  attempt: Attempt,
  turn: Turn,
  tools: { readonly context: EventContextCarrier; readonly calls: HandlerCalls },
): MaybePromise<AttemptEnd> {
  const { handler, event, record } = attempt
  const { ownership } = turn
  const signal = createAttemptSignal(ownership.over)

  async function settle(result: PromiseLike<unknown>): Promise<AttemptEnd> {
    try {
      return succeeded(await result, ownership)
    } catch (error) {
      return failed(error, ownership)
    } finally {
      signal.release()
    }
  }

  try {
    const context = createHandlerContext(attempt, signal.get)
    const result = tools.calls.run(turn, () =>
      tools.context.run(eventContextOf(event, record), () => handler.handler(event, context)),
    )
    if (isPromiseLike(result)) return settle(result)
    signal.release()
    return succeeded(result, ownership)
  } catch (error) {
    signal.release()
    return failed(error, ownership)
  }
}

function succeeded(result: unknown, ownership: Ownership): AttemptEnd {
  // Many handlers return early once their signal is aborted: that is no success.
  if (ownership.isOver()) return { kind: 'left' }
  const rule = skipRuleOf(result)
  return rule === undefined ? handled : { kind: 'skipped', rule }
}

function failed(error: unknown, ownership: Ownership): AttemptEnd {
  return ownership.isOver() ? { kind: 'left' } : { kind: 'failed', error }
}

const handled: AttemptEnd = { kind: 'handled' }

function createHandlerContext(attempt: Attempt, signal: () => AbortSignal): HandlerContext {
  const { record, groupId, replay } = attempt
  return {
    record,
    attempt: attempt.attempt,
    groupId,
    get signal() {
      return signal()
    },
    ...(replay !== undefined && { replay }),
    skip: createSkip,
  }
}

/**
 * A signal of this attempt's own, made when the handler first asks for it: what handlers hang on it goes with the attempt, while the partition's
 * own signal lives for days.
 */
function createAttemptSignal(over: AbortSignal): { readonly get: () => AbortSignal; readonly release: () => void } {
  let controller: AbortController | undefined

  function onOver(): void {
    controller?.abort(over.reason)
  }

  return {
    get() {
      if (controller === undefined) {
        controller = new AbortController()
        if (over.aborted) onOver()
        else over.addEventListener('abort', onOver, { once: true })
      }
      return controller.signal
    },
    release() {
      if (controller !== undefined) over.removeEventListener('abort', onOver)
    },
  }
}

/** What the handler publishes follows from this event. */
function eventContextOf(event: Envelope, record: ConsumerRecord): EventContext {
  const traceparent = headerText(record.headers, headerNames.traceparent)
  const tracestate = headerText(record.headers, headerNames.tracestate)
  return {
    correlationId: event.correlationId,
    causationId: event.eventId,
    ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
  }
}
