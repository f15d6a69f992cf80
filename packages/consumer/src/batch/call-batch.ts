import type { Activity } from '../activity/activity.ts'
import type { Ownership } from '../group/ownership.ts'
import type { HandlerCalls } from '../pipeline/handler-calls.ts'
import { endInTime, type TimeLimitTools } from '../pipeline/time-limit.ts'
import { createSkip, skipRuleOf } from '../pipeline/skip.ts'
import type { Turn } from '../lanes/turn.ts'
import { callWithin } from '../middleware/call-within.ts'
import type { BatchBoundHandler } from '../subscription/bound-handler.ts'
import type { BatchedAttempt, BatchEnd } from './batch-collector.ts'
import { BatchFailure, failedIndexOf } from './batch-failure.ts'
import type { BatchContext } from './batch-handler.ts'

export interface CallBatchTools extends TimeLimitTools {
  readonly calls: HandlerCalls
}

/**
 * Calls a batch handler once. What it publishes begins a story of its own, as no single event is its cause. Never rejects.
 *
 * @param giveUp the call no longer counts among those of its handler
 */
export async function callBatch(
  handler: BatchBoundHandler,
  attempts: readonly BatchedAttempt[],
  turn: Turn,
  tools: CallBatchTools,
  giveUp: () => void = () => undefined,
): Promise<BatchEnd> {
  const { over } = turn.ownership
  const controller = new AbortController()
  const onOver = (): void => controller.abort(over.reason)
  over.addEventListener('abort', onOver, { once: true })
  const settled = settle(handler, attempts, turn, controller.signal, tools).finally(() =>
    over.removeEventListener('abort', onOver),
  )
  const { timeLimit } = handler
  const [first] = attempts
  if (timeLimit === undefined || first === undefined) return settled
  const abort = (reason: unknown): void => controller.abort(reason)
  const index = failedIndexOf(undefined, attempts.length)
  const timedOut = (error: unknown): BatchEnd => ({ kind: 'failed', index, error, step: 'timeout' })
  return endInTime(timeLimit, first, { settled, abort, giveUp }, { timedOut, left }, turn, tools)
}

async function settle(
  handler: BatchBoundHandler,
  attempts: readonly BatchedAttempt[],
  turn: Turn,
  signal: AbortSignal,
  { calls, activity }: CallBatchTools,
): Promise<BatchEnd> {
  const { ownership } = turn
  const lanes = attempts.map(({ lane }) => lane)
  try {
    const events = attempts.map(({ event }) => event)
    const context = contextOf(attempts, signal)
    const { name, middleware } = handler
    const { groupId, records, skip } = context
    const call = { handlerName: name, groupId, events, records, signal, skip }
    const result = await calls.run([turn, ...lanes], () =>
      callWithin(middleware, call, () => handler.handler(events, context)),
    )
    if (ownership.isOver()) return leftBy(attempts, ownership, activity)
    const rule = skipRuleOf(result)
    return { kind: 'ended', end: rule === undefined ? { kind: 'handled' } : { kind: 'skipped', rule } }
  } catch (error) {
    if (ownership.isOver()) return leftBy(attempts, ownership, activity)
    const index = failedIndexOf(error, attempts.length)
    return { kind: 'failed', index, error: error instanceof BatchFailure ? error.cause : error }
  }
}

const left: BatchEnd = { kind: 'ended', end: { kind: 'left' } }

function leftBy(attempts: readonly BatchedAttempt[], ownership: Ownership, activity: Activity): BatchEnd {
  if (ownership.isLost()) for (const { record } of attempts) activity.tell({ kind: 'record-late', record })
  return left
}

function contextOf(attempts: readonly BatchedAttempt[], signal: AbortSignal): BatchContext {
  return {
    records: attempts.map(({ record }) => record),
    replays: attempts.map(({ replay }) => replay),
    groupId: attempts[0]?.groupId ?? '',
    signal,
    failed(index, cause) {
      if (!Number.isInteger(index) || index < 0 || index >= attempts.length) {
        throw new RangeError(`context.failed: the batch has no event ${String(index)}, it has ${attempts.length}`)
      }
      return new BatchFailure(index, cause)
    },
    skip: createSkip,
  }
}
