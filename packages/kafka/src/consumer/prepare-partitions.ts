import type {
  AssignedPartition,
  BrokerConsumerListener,
  Clock,
  Logger,
  NextOffset,
  Random,
  TopicPartition,
} from '@ledgerbus/core'
import { type Backoff, backoffMs } from '../client/backoff.ts'
import type { Questions } from '../client/questions.ts'
import { keyOf } from './assignment.ts'
import type { Ownership } from './ownership.ts'

export interface PrepareOptions {
  readonly groupId: string
  readonly questions: Questions
  readonly listener: BrokerConsumerListener
  /** Where a partition without a commit begins, if not at its beginning. */
  readonly beginsAt: (partition: TopicPartition) => bigint | undefined
  /** Records that a partition begins there, so that the group does not begin later next time. Rejects when that failed. */
  readonly commitBegin: (ownership: Ownership, offset: bigint) => Promise<void>
  readonly outOfRange: (
    ownership: Ownership,
    range: { readonly position: bigint; readonly low: bigint; readonly end: bigint },
  ) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

const backoff: Backoff = { firstMs: 100, mostMs: 5_000 }

/**
 * Brings partitions that are newly owned to the point where fetches may begin: what the group committed and what the partition still holds is read,
 * the listener says where to begin. They are paused until then. What fails is done again, as long as they are owned.
 */
export async function preparePartitions(ownerships: readonly Ownership[], options: PrepareOptions): Promise<void> {
  const { listener, outOfRange, clock, random, logger, groupId } = options
  for (let failures = 1; ; failures += 1) {
    const owned = ownerships.filter(({ epoch }) => !epoch.signal.aborted)
    if (owned.length === 0) return
    try {
      const described = await describe(owned, options)
      await listener.assigned?.(described)
      owned.forEach((ownership, index) => {
        const { committed, low, end } = described[index] ?? {}
        const begin = ownership.sought ?? committed?.offset ?? options.beginsAt(ownership.epoch) ?? low ?? 0n
        if (low !== undefined && end !== undefined && begin < low) outOfRange(ownership, { position: begin, low, end })
        else ownership.begin(begin)
      })
      return
    } catch (error) {
      logger.error({ groupId, failures, error }, 'partitions could not be prepared, it will be tried again')
    }
    await clock.sleep(backoffMs(backoff, failures, random))
  }
}

async function describe(owned: readonly Ownership[], options: PrepareOptions): Promise<readonly AssignedPartition[]> {
  const { groupId, questions, beginsAt, commitBegin } = options
  const places = owned.map(({ epoch: { topic, partition } }): TopicPartition => ({ topic, partition }))
  // The commit first: what it names cannot lie behind an end that was read later.
  const commits = new Map((await questions.committed(groupId, places)).map((stored) => [keyOf(stored), stored]))
  const ranges = new Map((await questions.offsets(places)).map((range) => [keyOf(range), range]))
  return Promise.all(
    owned.map(async (ownership): Promise<AssignedPartition> => {
      const { epoch } = ownership
      const { low = 0n, end = 0n } = ranges.get(keyOf(epoch)) ?? {}
      const stored = commits.get(keyOf(epoch))
      const begin = stored === undefined ? beginsAt(epoch) : undefined
      if (begin !== undefined) await commitBegin(ownership, begin)
      const committed = begin === undefined ? stored : { offset: begin as NextOffset, metadata: '' }
      return {
        ...epoch,
        committed: committed === undefined ? undefined : { offset: committed.offset, metadata: committed.metadata },
        low,
        end,
      }
    }),
  )
}
