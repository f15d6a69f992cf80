import type { HandlerLimit } from '../lanes/handler-limit.ts'
import type { Turn } from '../lanes/turn.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { Attempt, AttemptEnd } from './handle.ts'

type Call = (attempt: Attempt, turn: Turn) => MaybePromise<AttemptEnd>

/** Calls the handler once it may run beside its other calls. Who waits for that holds no slot. */
export function attemptWithinLimit(attempt: Attempt, turn: Turn, call: Call): MaybePromise<AttemptEnd> {
  const { limit } = attempt.handler
  if (limit === undefined) return call(attempt, turn)
  if (limit.tryTake()) return callAndGive(attempt, turn, call)
  return waitAndCall(attempt, limit, turn, call)
}

async function waitAndCall(attempt: Attempt, limit: HandlerLimit, turn: Turn, call: Call): Promise<AttemptEnd> {
  const { ownership } = turn
  let isTaken = false
  const hasSlot = await turn.idleUntil(async () => {
    isTaken = await limit.take(ownership.over)
    return isTaken
  })
  if (hasSlot) return callAndGive(attempt, turn, call)
  if (isTaken) limit.give()
  return { kind: 'left' }
}

/** A handler that never settles gives its place back with its partition, as it does its slot. */
function callAndGive(attempt: Attempt, turn: Turn, call: Call): MaybePromise<AttemptEnd> {
  const { over } = turn.ownership
  const give = (): void => {
    over.removeEventListener('abort', give)
    attempt.handler.limit?.give()
  }
  over.addEventListener('abort', give, { once: true })
  return andThen(call(attempt, turn), (end) => {
    if (!over.aborted) give()
    return end
  })
}
