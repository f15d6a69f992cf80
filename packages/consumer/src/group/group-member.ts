import type {
  AssignedPartition,
  BrokerConsumerListener,
  Clock,
  CommitPosition,
  LedgerbusError,
  Logger,
  NextOffset,
  PartitionEpoch,
  RecordBatch,
  TopicPartition,
} from '@ledgerbus/core'
import type { Counters } from '../consumer-counts.ts'
import { ConsumerError } from '../consumer-error.ts'
import type { Work } from '../lanes/lane.ts'
import type { Ordering } from '../lanes/lane-key.ts'
import { createSlots } from '../lanes/slots.ts'
import type { TurnRegistry } from '../lanes/turn-registry.ts'
import { createOwnedPartition, type OwnedPartition } from './owned-partition.ts'
import { createOwnership } from './ownership.ts'

export interface GroupMemberOptions {
  readonly groupId: string
  readonly concurrency: number
  readonly maxBufferedRecords: number
  readonly maxBufferedBytes: number
  readonly turns: TurnRegistry
  readonly clock: Clock
  readonly ordering: Ordering
  readonly counters: Counters
  readonly logger: Logger
  readonly work: Work
  readonly onProgress: () => void
  /** Commits what is finished, now. */
  readonly commitNow: () => Promise<unknown>
}

/** What this member owns, from assignment to loss. */
export interface GroupMember {
  readonly listener: BrokerConsumerListener
  /** What is finished and not committed, of all partitions. */
  pending(): readonly CommitPosition[]
  committed(positions: readonly CommitPosition[]): void
  lastCommits(): readonly (TopicPartition & { readonly offset: NextOffset })[]
  /** Cuts waits short. */
  drain(): void
  /** Nothing that is unfinished counts any more; what is finished can be committed. */
  stop(reason: unknown): void
  /** Gives everything up, as if it had been taken away. */
  abandon(reason: unknown): void
}

/** What is finished ahead of a stuck record is remembered; without a bound it would fill the memory, and come again after a restart. */
const leastRecordsAhead = 100_000

export function createGroupMember(options: GroupMemberOptions): GroupMember {
  const { groupId, counters, logger } = options
  const slots = createSlots(options.concurrency)
  const owned = new Map<string, OwnedPartition>()
  let isDraining = false

  function find(partition: PartitionEpoch | CommitPosition): OwnedPartition | undefined {
    const found = owned.get(nameOf(partition))
    return found?.ownership.epoch === partition.epoch ? found : undefined
  }

  function assigned(partitions: readonly AssignedPartition[]): void {
    for (const epoch of partitions) {
      // A new epoch ends the old one, whether or not somebody said so.
      owned.get(nameOf(epoch))?.lose(ownedAnew(epoch))
      const ownership = createOwnership(epoch)
      const { turns, clock, ordering, work, onProgress, maxBufferedRecords, maxBufferedBytes } = options
      const committed = commitWithin(epoch)
      const partition = createOwnedPartition({
        ...{ ownership, committed, slots, turns, clock, ordering, counters, work, onProgress },
        ...{ maxBufferedRecords, maxBufferedBytes },
        maxRecordsAhead: Math.max(leastRecordsAhead, 2 * maxBufferedRecords),
      })
      if (isDraining) partition.drain()
      owned.set(nameOf(epoch), partition)
    }
    logger.info({ groupId, partitions: partitions.map(nameOf) }, 'partitions assigned')
  }

  function lost(partitions: readonly PartitionEpoch[]): void {
    for (const epoch of partitions) {
      const partition = find(epoch)
      if (partition === undefined) continue
      owned.delete(nameOf(epoch))
      partition.lose(epoch.signal.reason)
    }
    logger.info({ groupId, partitions: partitions.map(nameOf) }, 'partitions lost')
  }

  function problem(error: LedgerbusError): void {
    const facts = { groupId, code: error.code, error: error.message }
    if (error.retriable) logger.warn(facts, 'trouble with the group, it goes on by itself')
    else logger.error(facts, 'trouble with the group that somebody has to end')
  }

  return {
    listener: {
      assigned,
      lost,
      problem,
      async revoking() {
        await options.commitNow()
      },
      async deliver(batch: RecordBatch) {
        await find(batch)?.accept(batch)
      },
    },
    pending: () => [...owned.values()].flatMap((partition) => partition.pending() ?? []),
    committed(positions) {
      for (const position of positions) find(position)?.committed(position.offset)
    },
    lastCommits: () =>
      [...owned.values()].flatMap(({ ownership: { topic, partition }, lastCommit }) =>
        lastCommit === undefined ? [] : [{ topic, partition, offset: lastCommit }],
      ),
    drain() {
      isDraining = true
      for (const partition of owned.values()) partition.drain()
    },
    stop(reason) {
      for (const partition of owned.values()) partition.stop(reason)
    },
    abandon(reason) {
      for (const partition of owned.values()) partition.lose(reason)
      owned.clear()
    },
  }
}

/** A commit beyond the end is of records that are gone, as in a topic made anew; the next one lies below it and counts all the same. */
function commitWithin({ committed, end }: AssignedPartition): NextOffset | undefined {
  return committed === undefined || committed.offset > end ? undefined : committed.offset
}

function ownedAnew(partition: TopicPartition): ConsumerError {
  const message = `${nameOf(partition)} was taken away and is owned anew`
  return new ConsumerError(message, { code: 'CONSUMER_PARTITION_LOST' })
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
