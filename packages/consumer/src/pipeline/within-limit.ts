import type { HandlerLimit } from '../lanes/handler-limit.ts'
import type { Turn } from '../lanes/turn.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'

/** Calls a handler once it may run beside its other calls. Who waits for that holds no slot. @param left the end when there is no point in waiting */
export function withinLimit<End>(
  limit: HandlerLimit | undefined,
  turn: Turn,
  call: () => MaybePromise<End>,
  left: End,
): MaybePromise<End> {
  if (limit === undefined) return call()
  if (limit.tryTake()) return callAndGive(limit, turn, call)
  return waitAndCall(limit, turn, call, left)
}

async function waitAndCall<End>(
  limit: HandlerLimit,
  turn: Turn,
  call: () => MaybePromise<End>,
  left: End,
): Promise<End> {
  let isTaken = false
  const hasSlot = await turn.idleUntil(async () => {
    isTaken = await limit.take(turn.ownership.over)
    return isTaken
  })
  if (hasSlot) return callAndGive(limit, turn, call)
  if (isTaken) limit.give()
  return left
}

/** A handler that never settles gives its place back with its partition, as it does its slot. */
function callAndGive<End>(limit: HandlerLimit, turn: Turn, call: () => MaybePromise<End>): MaybePromise<End> {
  const { over } = turn.ownership
  const give = (): void => {
    over.removeEventListener('abort', give)
    limit.give()
  }
  over.addEventListener('abort', give, { once: true })
  return andThen(call(), (end) => {
    if (!over.aborted) give()
    return end
  })
}
