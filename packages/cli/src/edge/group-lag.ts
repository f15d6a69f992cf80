import type { BrokerAdmin, GroupOffset, PartitionOffsets } from '@ledgerbus/core'

/** Where a group stands in one partition. */
export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  /** The next offset the group reads; absent when it committed nothing. */
  readonly committed?: bigint
  readonly low: bigint
  readonly end: bigint
  /** Offsets from the commit to the end; from the beginning where nothing was committed. Holes count, so it is an upper bound. */
  readonly lag: bigint
}

export function lagOf(partition: PartitionOffsets, offsets: readonly GroupOffset[]): PartitionLag {
  const { topic, low, end } = partition
  const committed = offsets.find((one) => one.topic === topic && one.partition === partition.partition)?.offset
  const from = committed === undefined || committed < low ? low : committed
  return {
    topic,
    partition: partition.partition,
    ...(committed !== undefined && { committed }),
    low,
    end,
    lag: end > from ? end - from : 0n,
  }
}

/** The lag of a group in all topics it ever committed in, or reads now. */
export async function groupLag(admin: BrokerAdmin, groupId: string): Promise<readonly PartitionLag[]> {
  const [offsets, description] = await Promise.all([admin.groupOffsets(groupId), admin.describeGroup(groupId)])
  const owned = description?.members.flatMap((member) => member.partitions) ?? []
  const topics = [...new Set([...offsets, ...owned].map(({ topic }) => topic))].toSorted()
  // A topic may be gone while the group's commits are still there.
  const existing = (await admin.describeTopics(topics)).map(({ name }) => name)
  const partitions = await Promise.all(existing.map((topic) => admin.topicOffsets(topic)))
  return partitions.flat().map((partition) => lagOf(partition, offsets))
}

export function total(lags: readonly PartitionLag[]): bigint {
  return lags.reduce((sum, { lag }) => sum + lag, 0n)
}
