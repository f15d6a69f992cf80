import type { TopicPartition } from '@ledgerbus/core'

/** A member and the topics it reads. */
export interface Subscriber {
  readonly memberId: string
  readonly topics: readonly string[]
}

/**
 * Who owns what: partitions in order of topic and number, dealt in turn to the members that read the topic, in the order
 * they joined. The same members and partitions always give the same answer.
 */
export function assignPartitions(
  members: readonly Subscriber[],
  partitions: readonly TopicPartition[],
): ReadonlyMap<string, readonly TopicPartition[]> {
  const assigned = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]))
  let turn = 0
  for (const partition of partitions) {
    const readers = members.filter(({ topics }) => topics.includes(partition.topic))
    const owner = readers[turn % readers.length]
    if (owner === undefined) continue
    assigned.get(owner.memberId)?.push(partition)
    turn += 1
  }
  return assigned
}
