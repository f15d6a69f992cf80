import type { Clock, TopicPartition } from '@ledgerbus/core'
import type { Questions, StoredOffset } from '../client/questions.ts'

export interface ReadCommitsOptions {
  readonly groupId: string
  readonly questions: Questions
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Whether the coordinator may have taken over since this member joined; an answer that is slow tells it too. */
  readonly mayBeNew: boolean
  /** Whether an answer says all that is to be known. */
  readonly isEnough: (stored: readonly StoredOffset[]) => boolean
}

/** An answer that takes longer came from a coordinator that had to be looked for. */
const promptMs = 1_000
const againMs = 200
/** How long "nothing" has to be said until it is believed. */
const takeOverMs = 2_000

/**
 * What a group committed.
 *
 * A coordinator that takes over answers from what its replicas are known to hold, which at first is less than its predecessor had confirmed: for up to
 * a second (Kafka 4.3) it knows nothing of the last commits, and says "none" without an error. Whoever believes that begins anew. Right after a join
 * the answer can be trusted, since the coordinator wrote the join down behind all commits before it answered.
 */
export async function readCommits(
  partitions: readonly TopicPartition[],
  { groupId, questions, clock, signal, mayBeNew, isEnough }: ReadCommitsOptions,
): Promise<readonly StoredOffset[]> {
  const askedAtMs = clock.monotonicMs()
  let stored = await questions.committed(groupId, partitions)
  const answeredAtMs = clock.monotonicMs()
  if (!mayBeNew && answeredAtMs - askedAtMs < promptMs) return stored
  while (!isEnough(stored) && clock.monotonicMs() - answeredAtMs < takeOverMs) {
    await clock.sleep(againMs, { signal })
    stored = await questions.committed(groupId, partitions)
  }
  return stored
}
