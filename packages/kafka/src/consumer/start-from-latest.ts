import { type Clock, isLedgerbusError, type TopicPartition } from '@ledgerbus/core'
import type { Questions } from '../client/questions.ts'
import { keyOf } from './key-of.ts'
import { readCommits } from './read-commits.ts'

/**
 * "From the end" as a decision made once: a group without any commit in a topic commits the ends before its first join. What is published
 * afterwards comes, and a partition added later begins at its first record; kafkajs's own setting loses what a new partition held before it was
 * noticed.
 *
 * The end is that of committed records: a transaction that is open now belongs to afterwards.
 *
 * @returns where partitions begin that could not be committed for, because the group has members already
 */
export async function startFromLatest(
  groupId: string,
  topics: readonly string[],
  { questions, clock, signal }: { readonly questions: Questions; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, bigint>> {
  const begins = new Map<string, bigint>()
  const places: TopicPartition[] = []
  for (const topic of topics) {
    const partitions = await questions.partitions(topic)
    places.push(...partitions.map(({ partitionId }) => ({ topic, partition: partitionId })))
  }
  // Nothing was asked of the coordinator before: what it has to say of earlier commits may still be on its way to it.
  const stored = await readCommits(places, {
    groupId,
    questions,
    clock,
    signal,
    mayBeNew: true,
    isEnough: (commits) => topics.every((topic) => commits.some((commit) => commit.topic === topic)),
  })
  for (const topic of topics) {
    if (stored.some((commit) => commit.topic === topic)) continue
    const ends = await questions.stableEnds(places.filter((place) => place.topic === topic))
    try {
      await questions.commitFor(groupId, ends)
    } catch (error) {
      if (!isLedgerbusError(error) || error.retriable || error.code !== 'BROKER_MEMBER_FENCED') throw error
      for (const end of ends) begins.set(keyOf(end), end.offset)
    }
  }
  return begins
}
