import type { Activity } from '../activity/activity.ts'
import type { Ownership } from '../group/ownership.ts'
import type { HandlerCalls } from '../pipeline/handler-calls.ts'
import { createSkip, skipRuleOf } from '../pipeline/skip.ts'
import type { Turn } from '../lanes/turn.ts'
import { callWithin } from '../middleware/call-within.ts'
import type { BatchBoundHandler } from '../subscription/bound-handler.ts'
import type { BatchedAttempt, BatchEnd } from './batch-collector.ts'
import { BatchFailure, failedIndexOf } from './batch-failure.ts'
import type { BatchContext } from './batch-handler.ts'

/** Calls a batch handler once. What it publishes begins a story of its own, as no single event is its cause. Never rejects. */
export async function callBatch(
  handler: BatchBoundHandler,
  attempts: readonly BatchedAttempt[],
  turn: Turn,
  { calls, activity }: { readonly calls: HandlerCalls; readonly activity: Activity },
): Promise<BatchEnd> {
  const { ownership } = turn
  const lanes = attempts.map(({ lane }) => lane)
  const controller = new AbortController()
  const onOver = (): void => controller.abort(ownership.over.reason)
  ownership.over.addEventListener('abort', onOver, { once: true })
  try {
    const events = attempts.map(({ event }) => event)
    const context = contextOf(attempts, controller.signal)
    const { name, middleware } = handler
    const { groupId, records, signal, skip } = context
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
  } finally {
    ownership.over.removeEventListener('abort', onOver)
  }
}

function leftBy(attempts: readonly BatchedAttempt[], ownership: Ownership, activity: Activity): BatchEnd {
  if (ownership.isLost()) for (const { record } of attempts) activity.tell({ kind: 'record-late', record })
  return { kind: 'ended', end: { kind: 'left' } }
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
