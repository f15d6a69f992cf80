import type { TopicPartition } from '@ledgerbus/core'

/** A partition as a key of maps. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
