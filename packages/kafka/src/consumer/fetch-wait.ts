import type { Clock, TopicPartition } from '@ledgerbus/core'
import { keyOf } from './key-of.ts'

/** How long a fetch may wait at the broker for records. */
export interface FetchWait {
  paused(partition: TopicPartition): void
  resumed(partition: TopicPartition): void
  ms(): number
}

/** What a resumed partition may have to wait at most, in milliseconds: for the fetch under way, or for kafkajs's sleep where there is none. */
const usualMs = 250
const hurriedMs = 20
/** A queue that needs longer to become half empty has more left in it than the usual wait uses up. */
const soonMs = 1_000

/**
 * A partition whose queue is full is left out of the fetch under way, which waits at the broker for the others; when its queue has room it
 * waits for that fetch to end. A fast consumer empties the rest of the queue meanwhile and stands still: one busy partition among idle ones
 * would bring two megabytes in each quarter of a second and no more. So while a pause is young, fetches wait only a moment.
 */
export function createFetchWait(clock: Clock): FetchWait {
  const pausedAtMs = new Map<string, number>()

  return {
    paused(partition) {
      pausedAtMs.set(keyOf(partition), clock.monotonicMs())
    },
    resumed(partition) {
      pausedAtMs.delete(keyOf(partition))
    },
    ms() {
      const nowMs = clock.monotonicMs()
      for (const atMs of pausedAtMs.values()) if (nowMs - atMs < soonMs) return hurriedMs
      return usualMs
    },
  }
}
