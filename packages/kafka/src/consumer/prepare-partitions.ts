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
import { keyOf } from './key-of.ts'
import type { Ownership } from './ownership.ts'
import { readCommits } from './read-commits.ts'

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
  let mayBeNew = false
  for (let failures = 1; ; failures += 1) {
    const owned = ownerships.filter(({ epoch }) => !epoch.signal.aborted)
    const [first] = owned
    if (first === undefined) return
    const answer = await describe(owned, first.epoch.signal, mayBeNew, options).catch((error: unknown) => {
      mayBeNew = true
      logger.warn({ groupId, failures, error }, 'what a group committed could not be read, it will be tried again')
      return undefined
    })
    // Taken away meanwhile, and perhaps owned anew: told now, the old ownership would pass for the newest.
    const described = answer?.filter(({ assigned }) => !assigned.signal.aborted)
    if (described !== undefined && (await isTaken(described))) {
      for (const partition of described) begin(partition)
      return
    }
    await clock.sleep(backoffMs(backoff, failures, random), { signal: first.epoch.signal }).catch(() => undefined)
  }

  async function isTaken(described: readonly Described[]): Promise<boolean> {
    if (described.length === 0) return true
    try {
      await listener.assigned?.(described.map(({ assigned }) => assigned))
      return true
    } catch (error) {
      logger.error({ groupId, error }, 'the listener failed in assigned, it will be called again')
      return false
    }
  }

  function begin({ ownership, assigned: { committed, low, end } }: Described): void {
    const position = ownership.sought ?? committed?.offset ?? low
    if (position < low) outOfRange(ownership, { position, low, end })
    else ownership.begin(position)
  }
}

interface Described {
  readonly ownership: Ownership
  readonly assigned: AssignedPartition
}

async function describe(
  owned: readonly Ownership[],
  signal: AbortSignal,
  mayBeNew: boolean,
  options: PrepareOptions,
): Promise<readonly Described[]> {
  const { groupId, questions, beginsAt, commitBegin, clock } = options
  const ownerships = new Map(owned.map((ownership) => [keyOf(ownership.epoch), ownership]))
  const places = owned.map(({ epoch: { topic, partition } }): TopicPartition => ({ topic, partition }))
  // The commit first: what it names cannot lie behind an end that was read later.
  const isEnough = (stored: readonly unknown[]) => stored.length === places.length
  const stored = await readCommits(places, { groupId, questions, clock, signal, mayBeNew, isEnough })
  const commits = new Map(stored.map((commit) => [keyOf(commit), commit]))
  const described: Described[] = []
  for (const { topic, partition, low, end } of await questions.offsets(places)) {
    const key = keyOf({ topic, partition })
    const ownership = ownerships.get(key)
    if (ownership === undefined) continue
    const { epoch } = ownership
    const commit = commits.get(key)
    const begin = commit === undefined ? beginsAt(epoch) : undefined
    if (begin !== undefined) await commitBegin(ownership, begin)
    const offset = commit?.offset ?? (begin as NextOffset | undefined)
    const committed = offset === undefined ? undefined : { offset, metadata: commit?.metadata ?? '' }
    described.push({ ownership, assigned: { ...epoch, committed, low, end } })
  }
  return described
}
