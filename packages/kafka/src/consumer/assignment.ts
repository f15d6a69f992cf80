import type { PartitionEpoch, TopicPartition } from '@ledgerbus/core'
import { keyOf } from './key-of.ts'
import type { MemberFlow } from './member.ts'
import type { Ownership } from './ownership.ts'

/** What this consumer owns, from join to join. */
export interface Assignment {
  /** Takes the outcome of a join over. @returns the ownerships that are new, to be prepared */
  joined(partitions: readonly TopicPartition[], flow: MemberFlow): readonly Ownership[]
  /** Ends an ownership and begins another one of its partition, to be prepared; `undefined` when it ended before. */
  renew(ownership: Ownership): Ownership | undefined
  /** Ends all: the membership is gone. */
  loseAll(): void
  /** `undefined` when the partition is not owned, or under another epoch. */
  find(partition: TopicPartition & { readonly epoch?: number }): Ownership | undefined
  epochs(): readonly PartitionEpoch[]
  all(): readonly Ownership[]
}

export interface AssignmentOptions {
  readonly own: (partition: TopicPartition, epoch: number, flow: MemberFlow) => Ownership
  readonly onLost: (partitions: readonly PartitionEpoch[]) => void
}

export function createAssignment({ own, onLost }: AssignmentOptions): Assignment {
  const owned = new Map<string, Ownership>()
  let epochs = 0
  let lastFlow: MemberFlow | undefined

  function lose(lost: readonly Ownership[]): void {
    for (const ownership of lost) {
      owned.delete(keyOf(ownership.epoch))
      ownership.end()
    }
    if (lost.length > 0) onLost(lost.map(({ epoch }) => epoch))
  }

  function begin({ topic, partition }: TopicPartition, flow: MemberFlow): Ownership {
    epochs += 1
    const ownership = own({ topic, partition }, epochs, flow)
    owned.set(keyOf(ownership.epoch), ownership)
    return ownership
  }

  return {
    joined(partitions, flow) {
      lastFlow = flow
      const now = new Set(partitions.map(keyOf))
      lose([...owned].filter(([key]) => !now.has(key)).map(([, ownership]) => ownership))
      for (const ownership of owned.values()) ownership.keep()
      return partitions.filter((partition) => !owned.has(keyOf(partition))).map((partition) => begin(partition, flow))
    },
    renew(ownership) {
      if (lastFlow === undefined || owned.get(keyOf(ownership.epoch)) !== ownership) return undefined
      lose([ownership])
      return begin(ownership.epoch, lastFlow)
    },
    loseAll() {
      lose([...owned.values()])
    },
    find(partition) {
      const found = owned.get(keyOf(partition))
      return partition.epoch === undefined || found?.epoch.epoch === partition.epoch ? found : undefined
    },
    epochs: () => [...owned.values()].map(({ epoch }) => epoch),
    all: () => [...owned.values()],
  }
}
