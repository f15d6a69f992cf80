import type { Clock, Logger } from '@ledgerbus/core'
import type { Activity } from '../activity/activity.ts'
import type { Conditions } from '../activity/conditions.ts'
import { ConsumerError } from '../consumer-error.ts'
import type { Turn } from '../lanes/turn.ts'
import type { TimeLimit } from '../subscription/time-limit.ts'
import type { AttemptContext } from './attempt-context.ts'
import type { Attempt, AttemptEnd } from './attempt.ts'
import { recordFacts } from './record-facts.ts'

export interface TimeLimitTools {
  readonly clock: Clock
  readonly logger: Logger
  readonly activity: Activity
  readonly conditions: Conditions
}

/**
 * The end of a call, when it has a time limit: at the limit its signal is aborted, and whatever it does afterwards, it has failed. The key waits until it settles, as a
 * handler that was forgotten can still write. One that does not settle long after gives its place among the running back.
 *
 * @param settled never rejects
 * @param giveUp the call no longer counts among those of its handler
 */
export async function endInTime(
  { timeoutMs, abandonAfterMs }: TimeLimit,
  attempt: Attempt,
  call: { readonly settled: Promise<AttemptEnd>; readonly context: AttemptContext; readonly giveUp: () => void },
  turn: Turn,
  tools: TimeLimitTools,
): Promise<AttemptEnd> {
  const { settled, context } = call
  const { clock, logger, activity } = tools
  if ((await raceTime(settled, timeoutMs, clock)) !== 'late') return settled
  const { record, groupId, handler, attempt: number } = attempt
  const facts = { ...recordFacts(record, groupId), handler: handler.name, attempt: number, timeoutMs }
  const error = timedOut(handler.name, timeoutMs)
  context.abort(error)
  activity.tell({ kind: 'handler-timed-out', record, handler: handler.name, attempt: number })
  logger.warn(facts, 'handler takes too long, its signal is aborted; its key waits until it settles')
  if ((await raceTime(settled, abandonAfterMs, clock)) === 'late') {
    activity.tell({ kind: 'handler-abandoned', record, handler: handler.name, attempt: number })
    logger.error(
      { ...facts, abandonAfterMs },
      'handler does not end after its signal was aborted, its key waits for it',
    )
    if (!(await quarantined(attempt, call, turn, tools))) return { kind: 'left' }
  }
  await settled
  return turn.ownership.isOver() ? { kind: 'left' } : { kind: 'failed', error, step: 'timeout' }
}

/** Waits for the call without a place among the running; `false`: there is no point in waiting, the record comes again. */
async function quarantined(
  { record, handler }: Attempt,
  { settled, giveUp }: { readonly settled: Promise<AttemptEnd>; readonly giveUp: () => void },
  turn: Turn,
  { conditions }: TimeLimitTools,
): Promise<boolean> {
  const { topic, partition, offset } = record
  const message = `${handler.name} does not end after its time-out, at ${topic}/${partition}/${offset}; its key waits until it does, or until this process ends`
  const restore = conditions.degrade({ reason: 'handler-abandoned', topic, partition, message })
  giveUp()
  try {
    return await turn.idleUntil(() => settledUnless(settled, turn.ownership.hurry))
  } finally {
    restore()
  }
}

async function raceTime<Result>(settled: Promise<Result>, ms: number, clock: Clock): Promise<Result | 'late'> {
  let cancel = (): void => undefined
  const late = new Promise<'late'>((resolve) => {
    cancel = clock.schedule(ms, () => resolve('late'))
  })
  const first = await Promise.race([settled, late])
  cancel()
  return first
}

async function settledUnless(settled: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  let stop = (): void => undefined
  const aborted = new Promise<false>((resolve) => {
    const onAbort = (): void => resolve(false)
    signal.addEventListener('abort', onAbort, { once: true })
    stop = () => signal.removeEventListener('abort', onAbort)
  })
  const first = await Promise.race([settled.then(() => true), aborted])
  stop()
  return first
}

function timedOut(handlerName: string, timeoutMs: number): ConsumerError {
  const message = `${handlerName} did not end within ${timeoutMs} ms`
  return new ConsumerError(message, { code: 'CONSUMER_HANDLER_TIMED_OUT', outcome: 'unknown', retriable: true })
}
