import type { TopicPartition } from '../ports/topic-partition.ts'

/** A member of a group, as whoever shares out its partitions sees it. */
export interface GroupShare {
  readonly memberId: string
  readonly topics: readonly string[]
  /** What it says it owns. */
  readonly owned: readonly TopicPartition[]
  /** The generation in which it came to own that; the later one is right. */
  readonly generation: number
}
