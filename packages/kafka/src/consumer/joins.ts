import type { Clock } from '@ledgerbus/core'

/** The joins of one member that are under way: fetchers of several brokers may rejoin at the same time. */
export interface Joins {
  begun(): void
  ended(how: 'joined' | 'failed'): void
}

/** The crash that follows most failures comes sooner, and ends what is owned. */
const afterFailureMs = 1_000

/**
 * @param onSettled no join is under way any more. What is owned then is kept, also after a join that failed and was not repeated: kafkajs may go on in the
 *   generation it had.
 */
export function createJoins(onSettled: () => void, clock: Clock): Joins {
  let underWay = 0
  let cancel = (): void => undefined

  return {
    begun() {
      underWay += 1
      cancel()
    },
    ended(how) {
      underWay -= 1
      if (underWay > 0) return
      if (how === 'joined') onSettled()
      else cancel = clock.schedule(afterFailureMs, onSettled)
    },
  }
}
