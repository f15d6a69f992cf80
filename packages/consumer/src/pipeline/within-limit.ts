import type { HandlerLimit } from '../lanes/handler-limit.ts'
import type { Turn } from '../lanes/turn.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'

/** Calls a handler once it may run beside its other calls. Who waits for that holds no slot. @param left the end when there is no point in waiting */
export function withinLimit<End>(
  limit: HandlerLimit | undefined,
  turn: Turn,
  call: (giveUp: () => void) => MaybePromise<End>,
  left: End,
): MaybePromise<End> {
  if (limit === undefined) return call(() => undefined)
  if (limit.tryTake()) return callAndGive(limit, turn, call)
  return waitAndCall(limit, turn, call, left)
}

async function waitAndCall<End>(
  limit: HandlerLimit,
  turn: Turn,
  call: (giveUp: () => void) => MaybePromise<End>,
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

/** A handler that never settles gives its place back with its partition, as it does its slot, or when it is given up. */
function callAndGive<End>(
  limit: HandlerLimit,
  turn: Turn,
  call: (giveUp: () => void) => MaybePromise<End>,
): MaybePromise<End> {
  const { over } = turn.ownership
  let isGiven = false
  const give = (): void => {
    if (isGiven) return
    isGiven = true
    over.removeEventListener('abort', give)
    limit.give()
  }
  over.addEventListener('abort', give, { once: true })
  return andThen(call(give), (end) => {
    give()
    return end
  })
}
