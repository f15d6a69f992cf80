import {
  type AssignedPartition,
  type BrokerConsumerListener,
  type BrokerError,
  type Clock,
  type CommitPosition,
  laneSourceOf,
  type LedgerbusError,
  type Logger,
  type NextOffset,
  type PartitionEpoch,
  type RecordBatch,
  settledWithin,
  type TopicPartition,
} from '@ledgerbus/core'
import type { Activity } from '../activity/activity.ts'
import type { Conditions } from '../activity/conditions.ts'
import type { PartitionHealth } from '../activity/consumer-health.ts'
import { ConsumerError } from '../consumer-error.ts'
import type { Work } from '../lanes/lane.ts'
import type { LaneOrdering } from '../lanes/lane-key.ts'
import { createSlots } from '../lanes/slots.ts'
import type { TurnRegistry } from '../lanes/turn-registry.ts'
import { createOwnedPartition, type OwnedPartition, type PartitionBounds } from './owned-partition.ts'
import { createOwnership } from './ownership.ts'
import { createPace } from './pace.ts'
import { takeOver } from './take-over.ts'

export interface GroupMemberOptions extends Omit<PartitionBounds, 'maxOffsetsAhead' | 'stuckAfterMs'> {
  readonly groupId: string
  readonly concurrency: number
  readonly stuckAfterMsOf: (topic: string) => number
  /** How long handlers under way may go on when a rebalance begins, in milliseconds. */
  readonly revokeWithinMs: number
  /** How long the rebalance waits for the commit after that, in milliseconds. The commit itself goes on, and counts if the partition is kept. */
  readonly commitWithinMs: number
  readonly turns: TurnRegistry
  readonly clock: Clock
  /** Of the records of a topic. */
  readonly orderingOf: (topic: string) => LaneOrdering
  readonly activity: Activity
  readonly conditions: Conditions
  readonly logger: Logger
  readonly work: Work
  readonly onProgress: () => void
  /** Called before what was assigned is taken up; what it waits for is waited for. @returns nothing when there is nothing to wait for */
  readonly beforeAssigned: (partitions: readonly AssignedPartition[]) => Promise<void> | undefined
  readonly afterLost: (partitions: readonly PartitionEpoch[]) => void
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
  /** Begins nothing more. */
  hold(): void
  /** Nothing that is unfinished counts any more; what is finished can be committed. */
  stop(reason: unknown): void
  /** Gives everything up, as if it had been taken away. */
  abandon(reason: unknown): void
  health(): readonly PartitionHealth[]
}

/** Without a map, what is finished ahead of a stuck record comes again after a restart; this bounds how much. */
const leastOffsetsAhead = 100_000

export function createGroupMember(options: GroupMemberOptions): GroupMember {
  const { groupId, clock, activity, conditions, logger } = options
  const slots = createSlots(options.concurrency)
  const pace = createPace(clock)
  const owned = new Map<string, OwnedPartition>()
  /** Epochs of which it is not decided whether they are kept. */
  const undecided = new Set<number>()
  /** Ends what was said of partitions that stand out of range. */
  const outOfRange = new Map<string, () => void>()
  let isDraining = false
  let backInGroup: (() => void) | undefined

  function find(partition: PartitionEpoch | CommitPosition): OwnedPartition | undefined {
    const found = owned.get(nameOf(partition))
    return found?.ownership.epoch === partition.epoch ? found : undefined
  }

  function assigned(partitions: readonly AssignedPartition[]): void {
    backInGroup?.()
    backInGroup = undefined
    for (const epoch of partitions) {
      // A new epoch ends the old one, whether or not somebody said so.
      owned.get(nameOf(epoch))?.lose(ownedAnew(epoch))
      const takenOver = takeOver(epoch, { groupId, logger })
      const partition = createOwnedPartition({
        ...options,
        ...{ ownership: createOwnership(epoch), takenOver, range: epoch, pace },
        slots: slots.openQueue(laneSourceOf(epoch.topic, groupId) === undefined ? 'one' : 'none'),
        ordering: options.orderingOf(epoch.topic),
        stuckAfterMs: options.stuckAfterMsOf(epoch.topic),
        maxOffsetsAhead: Math.max(leastOffsetsAhead, 2 * options.maxBufferedRecords),
      })
      if (isDraining) partition.drain()
      // Read and told only now, while the next rebalance has begun.
      if (undecided.has(epoch.epoch)) partition.hold()
      owned.set(nameOf(epoch), partition)
      const { committed, finishedAhead } = takenOver
      activity.tell({ kind: 'partition-assigned', ...placeOf(epoch), committed, finishedAhead })
    }
    logger.info({ groupId, partitions: partitions.map(nameOf) }, 'partitions assigned')
  }

  function assignedOnceReady(partitions: readonly AssignedPartition[]): Promise<void> | void {
    const ready = options.beforeAssigned(partitions)
    if (ready === undefined) return assigned(partitions)
    // Some may be gone by then.
    return ready.then(() => assigned(partitions.filter(({ signal }) => !signal.aborted)))
  }

  /** Begins nothing new, and commits once nothing is under way: the next owner then finds all that was done. Waits for retries are no work. */
  async function revoking(partitions: readonly PartitionEpoch[]): Promise<void> {
    for (const epoch of partitions) {
      undecided.add(epoch.epoch)
      const partition = find(epoch)
      if (partition === undefined) continue
      partition.hold()
      activity.tell({ kind: 'partition-revoking', ...placeOf(epoch) })
    }
    await settledWithin(clock, options.revokeWithinMs, options.turns.calm())
    // The broker may refuse it until this member has joined again: waiting for each other would cost the member its place.
    await settledWithin(clock, options.commitWithinMs, options.commitNow())
  }

  function kept(partitions: readonly PartitionEpoch[]): void {
    for (const epoch of partitions) {
      undecided.delete(epoch.epoch)
      const partition = find(epoch)
      if (partition === undefined) continue
      partition.release()
      activity.tell({ kind: 'partition-kept', ...placeOf(epoch) })
    }
    // A commit that the rebalance refused is made now.
    options.onProgress()
  }

  function lost(partitions: readonly PartitionEpoch[]): void {
    for (const epoch of partitions) {
      undecided.delete(epoch.epoch)
      const partition = find(epoch)
      if (partition === undefined) continue
      owned.delete(nameOf(epoch))
      backInRange(epoch)
      partition.lose(epoch.signal.reason)
    }
    options.afterLost(partitions)
    logger.info({ groupId, partitions: partitions.map(nameOf) }, 'partitions lost')
  }

  function problem(error: LedgerbusError): void {
    const facts = { groupId, code: error.code, error: error.message }
    if (error.retriable) logger.warn(facts, 'trouble with the group, it goes on by itself')
    else logger.error(facts, 'trouble with the group that somebody has to end')
    if (error.code === 'BROKER_OFFSET_OUT_OF_RANGE') standsOutOfRange(error)
    if (error.code === 'BROKER_MEMBER_FENCED') {
      backInGroup ??= conditions.degrade({ reason: 'member-fenced', message: error.message })
    }
  }

  function standsOutOfRange(error: LedgerbusError): void {
    const { topic, partition } = error as BrokerError
    if (topic === undefined || partition === undefined) return
    const place = { topic, partition }
    if (outOfRange.has(nameOf(place))) return
    const resume = conditions.pause(place, 'offset-out-of-range')
    const recover = conditions.degrade({ reason: 'offset-out-of-range', ...place, message: error.message })
    outOfRange.set(nameOf(place), () => {
      resume()
      recover()
    })
  }

  function backInRange(place: TopicPartition): void {
    outOfRange.get(nameOf(place))?.()
    outOfRange.delete(nameOf(place))
  }

  return {
    listener: {
      assigned: assignedOnceReady,
      revoking,
      kept,
      lost,
      problem,
      async deliver(batch: RecordBatch) {
        if (outOfRange.size > 0) backInRange(batch)
        await find(batch)?.accept(batch)
      },
    },
    pending: () => [...owned.values()].flatMap((partition) => partition.pending() ?? []),
    committed(positions) {
      for (const position of positions) find(position)?.committed(position)
    },
    lastCommits: () =>
      [...owned.values()].flatMap(({ ownership: { topic, partition }, lastCommit }) =>
        lastCommit === undefined ? [] : [{ topic, partition, offset: lastCommit }],
      ),
    drain() {
      isDraining = true
      for (const partition of owned.values()) partition.drain()
    },
    hold() {
      for (const partition of owned.values()) partition.hold()
    },
    stop(reason) {
      for (const partition of owned.values()) partition.stop(reason)
    },
    abandon(reason) {
      for (const partition of owned.values()) partition.lose(reason)
      owned.clear()
    },
    health: () => [...owned.values()].map((partition) => partition.health()),
  }
}

function ownedAnew(partition: TopicPartition): ConsumerError {
  const message = `${nameOf(partition)} was taken away and is owned anew`
  return new ConsumerError(message, { code: 'CONSUMER_PARTITION_LOST' })
}

function placeOf({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
