import type { Clock, Logger } from '@ledgerbus/core'
import type { Activity } from '../activity/activity.ts'
import type { Conditions } from '../activity/conditions.ts'
import { ConsumerError } from '../consumer-error.ts'
import type { Turn } from '../lanes/turn.ts'
import type { TimeLimit } from '../subscription/time-limit.ts'
import type { Attempt } from './attempt.ts'
import { recordFacts } from './record-facts.ts'

export interface TimeLimitTools {
  readonly clock: Clock
  readonly logger: Logger
  readonly activity: Activity
  readonly conditions: Conditions
}

/** A call under way. */
export interface TimedCall<End> {
  /** Never rejects. */
  readonly settled: Promise<End>
  /** Aborts its signal. */
  readonly abort: (reason: unknown) => void
  /** It no longer counts among those of its handler. */
  readonly giveUp: () => void
}

/** How a call ends that was too slow. */
export interface TimedEnds<End> {
  readonly timedOut: (error: ConsumerError) => End
  readonly left: End
}

/**
 * The end of a call, when it has a time limit: at the limit its signal is aborted, and whatever it does afterwards, it has failed. The key waits until it settles, as a
 * handler that was forgotten can still write. One that does not settle long after gives its place among the running back.
 *
 * @param attempt the first, where several are one call
 */
export async function endInTime<End>(
  { timeoutMs, abandonAfterMs }: TimeLimit,
  attempt: Attempt,
  call: TimedCall<End>,
  ends: TimedEnds<End>,
  turn: Turn,
  tools: TimeLimitTools,
): Promise<End> {
  const { settled } = call
  const { clock, logger, activity } = tools
  if ((await raceTime(settled, timeoutMs, clock)) !== 'late') return settled
  const { record, groupId, handler, attempt: number } = attempt
  const facts = { ...recordFacts(record, groupId), handler: handler.name, attempt: number, timeoutMs }
  const error = timedOut(handler.name, timeoutMs)
  call.abort(error)
  activity.tell({ kind: 'handler-timed-out', record, handler: handler.name, attempt: number })
  logger.warn(facts, 'handler takes too long, its signal is aborted; its key waits until it settles')
  if ((await raceTime(settled, abandonAfterMs, clock)) === 'late') {
    activity.tell({ kind: 'handler-abandoned', record, handler: handler.name, attempt: number })
    logger.error(
      { ...facts, abandonAfterMs },
      'handler does not end after its signal was aborted, its key waits for it',
    )
    if (!(await quarantined(attempt, call, turn, tools))) return ends.left
  }
  await settled
  return turn.ownership.isOver() ? ends.left : ends.timedOut(error)
}

/** Waits for the call without a place among the running; `false`: there is no point in waiting, the record comes again. */
async function quarantined(
  { record, handler }: Attempt,
  { settled, giveUp }: TimedCall<unknown>,
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
