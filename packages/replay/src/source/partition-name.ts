import type { TopicPartition } from '@ledgerbus/core'

/** The same text for the same partition, for maps. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${partition}/${topic}`
}
