import type { Batches } from '../batch/batches.ts'
import { attemptOnce } from '../idempotency/attempt-once.ts'
import type { IdempotencyOptions } from '../idempotency/idempotency-options.ts'
import type { Turn } from '../lanes/turn.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { readReplayChoice, replayNotWanted } from '../subscription/replay-choice.ts'
import type { Attempt, AttemptEnd } from './attempt.ts'
import { attemptHandler, type HandleTools } from './handle.ts'
import { withinLimit } from './within-limit.ts'

export interface AttemptTools extends HandleTools {
  readonly batches: Batches
  readonly idempotency: IdempotencyOptions | undefined
}

/** How a handler is called: if it wants the replay that the record is of, once at most where the event was handled before, within its limit, alone or in a batch. Never throws or rejects. */
export function createAttempt(tools: AttemptTools): (attempt: Attempt, turn: Turn) => MaybePromise<AttemptEnd> {
  const { batches, idempotency, logger } = tools

  function call(attempt: Attempt, turn: Turn): MaybePromise<AttemptEnd> {
    const { handler } = attempt
    if (handler.takes === 'batch') return batches.attempt({ ...attempt, handler }, turn)
    if (handler.limit === undefined) return attemptHandler(attempt, handler, turn, tools)
    const left: AttemptEnd = { kind: 'left' }
    return withinLimit(handler.limit, turn, (giveUp) => attemptHandler(attempt, handler, turn, tools, giveUp), left)
  }

  return (attempt, turn) => {
    const refused = refuse(attempt)
    if (refused !== undefined) return refused
    if (idempotency === undefined || attempt.handler.idempotency === 'off') return call(attempt, turn)
    const { store, holdMs = defaultHoldMs } = idempotency
    return attemptOnce(attempt, turn, () => call(attempt, turn), { store, holdMs, logger })
  }
}

/** Before the idempotency store is asked: what is not wanted of a replay that fills gaps was not handled. */
function refuse({ handler, replay }: Attempt): AttemptEnd | undefined {
  if (replay === undefined || typeof handler.replay !== 'function') return undefined
  try {
    if (readReplayChoice(handler.replay, replay, handler.name) === 'run') return undefined
    return { kind: 'skipped', rule: replayNotWanted, replayId: replay.replayId }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

const defaultHoldMs = 300_000
