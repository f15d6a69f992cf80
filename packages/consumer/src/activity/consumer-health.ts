import type { NextOffset, TopicPartition } from '@ledgerbus/core'

/** Something that waits for a person; the consumer goes on with the rest. */
export interface Degradation {
  /** A fixed word, such as `offset-out-of-range`. */
  readonly reason: string
  /** What it concerns, where it is not the whole consumer. */
  readonly topic?: string
  readonly partition?: number
  /** For people: what happened, and what to do. */
  readonly message: string
}

/** How one partition does. Offsets are as this member knows them, without asking the broker. */
export interface PartitionHealth extends TopicPartition {
  /** Where the next batch begins; `undefined` before the first. */
  readonly position: NextOffset | undefined
  /** The last commit known to have succeeded; `undefined`: none. */
  readonly committed: NextOffset | undefined
  /** The partition's end when something was last fetched from it. */
  readonly end: bigint
  /** Offsets from the lowest record that is not finished to the end. */
  readonly lag: bigint
  /** Records delivered and not finished. */
  readonly open: number
  /** Finished offsets behind the lowest record that is not, holes included. */
  readonly finishedAhead: number
  /** How long ago the oldest of the open records was delivered, in milliseconds. */
  readonly oldestAgeMs: number | undefined
  /** How long ago the lowest unfinished offset moved, in milliseconds. */
  readonly standsForMs: number
  readonly state: 'running' | 'paused'
  /** Why it is paused: `rebalance`, `buffer-full`, `map-full`, `offset-out-of-range`, ... */
  readonly pausedFor?: string
  /** Has lag, has not moved for `stuckAfterMs`, and is not paused on purpose. */
  readonly isStuck: boolean
}

/** Whether a consumer does what it is for. */
export interface ConsumerHealth {
  /**
   * `stuck`: a partition with lag does not move, and nobody means it to; a new process may help. `degraded`: something waits for a person, the rest
   * goes on; a new process does not help.
   */
  readonly status: 'ok' | 'degraded' | 'stuck'
  readonly partitions: readonly PartitionHealth[]
  readonly degradations: readonly Degradation[]
}
