import { isLedgerbusError, type TopicPartition } from '@ledgerbus/core'
import type { Questions } from '../client/questions.ts'
import { keyOf } from './key-of.ts'

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
  questions: Questions,
): Promise<ReadonlyMap<string, bigint>> {
  const begins = new Map<string, bigint>()
  for (const topic of topics) {
    const partitions = (await questions.partitions(topic)).map(({ partitionId }): TopicPartition => {
      return { topic, partition: partitionId }
    })
    if ((await questions.committed(groupId, partitions)).length > 0) continue
    const ends = await questions.stableEnds(partitions)
    try {
      await questions.commitFor(groupId, ends)
    } catch (error) {
      if (!isLedgerbusError(error) || error.retriable || error.code !== 'BROKER_MEMBER_FENCED') throw error
      for (const end of ends) begins.set(keyOf(end), end.offset)
    }
  }
  return begins
}
