import type {
  Clock,
  ConsumerRecord,
  Logger,
  NextOffset,
  PartitionEpoch,
  Random,
  RecordBatch,
  TopicPartition,
} from '@ledgerbus/core'
import { partitionLost } from './consumer-error.ts'
import { createHandOff } from './hand-off.ts'
import type { EmptyFetch, FetchedBatch, MemberFlow } from './member.ts'

/** Why a partition is not fetched. */
type Pause = 'preparing' | 'full' | 'out-of-range' | 'halted'

/** What an ownership needs of its consumer. */
export interface OwnershipSurroundings {
  readonly groupId: string
  readonly flow: MemberFlow
  readonly mostBytes: number
  readonly deliver: (batch: RecordBatch) => Promise<void>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** One ownership of a partition: where it stands, why it waits, what is on its way to the platform. */
export interface Ownership {
  readonly epoch: PartitionEpoch
  /** The offset to fetch next; `undefined` while it is being prepared. */
  readonly position: bigint | undefined
  /** Whether anything was fetched since it began, or since the listener's last seek. */
  readonly hasRead: boolean
  /** Where the listener wants it to begin. */
  readonly sought: bigint | undefined
  /** Ends the preparation: fetches begin at `offset`. */
  begin(offset: bigint): void
  fetched(batch: FetchedBatch): void
  emptied(fetch: EmptyFetch): void
  /** The listener's own seek: what is queued is dropped. */
  seek(offset: bigint): void
  /** Ends a stop out of range: fetches go on at `offset`. What was fetched before it stands, and is delivered first. */
  fetchFrom(offset: bigint): void
  /** Stops at an offset the partition does not hold, until a seek or `fetchFrom`. */
  stopOutOfRange(): void
  /** After a rejoin, in which kafkajs forgot where it stood: no fetch begins at the commit. */
  keep(): void
  /** Nothing is delivered any more; the ownership stands. */
  halt(): void
  /** The ownership is over. */
  end(): void
}

/** Made within the join, so that the partition is paused before its first fetch. */
export function createOwnership(
  { topic, partition }: TopicPartition,
  epochNumber: number,
  around: OwnershipSurroundings,
): Ownership {
  const { groupId, flow } = around
  const place = { topic, partition }
  const controller = new AbortController()
  const epoch: PartitionEpoch = { topic, partition, epoch: epochNumber, signal: controller.signal }
  const pauses = new Set<Pause>(['preparing'])
  let position: bigint | undefined
  let sought: bigint | undefined
  let hasRead = false
  /** A seek was made, and nothing that was fetched behind it has come yet. */
  let isSeeking = false

  const handOff = createHandOff({
    mostBytes: around.mostBytes,
    deliver: around.deliver,
    onFull: (isFull) => (isFull ? pause('full') : resume('full')),
    clock: around.clock,
    random: around.random,
    logger: around.logger,
  })
  flow.pause(place)

  function pause(why: Pause): void {
    if (controller.signal.aborted) return
    if (pauses.size === 0) flow.pause(place)
    pauses.add(why)
  }

  function resume(why: Pause): void {
    if (controller.signal.aborted || !pauses.delete(why)) return
    if (pauses.size === 0) flow.resume(place)
  }

  function fetchFrom(offset: bigint): void {
    position = offset
    isSeeking = true
    flow.seek(place, offset)
    resume('out-of-range')
  }

  function queue(records: readonly ConsumerRecord[], bytes: number, lastOffset: bigint, end: bigint): void {
    position = lastOffset + 1n
    hasRead = true
    handOff.add({ ...epoch, records, nextOffset: position as NextOffset, end }, bytes)
  }

  return {
    epoch,
    get position() {
      return position
    },
    get hasRead() {
      return hasRead
    },
    get sought() {
      return sought
    },
    begin(offset) {
      if (controller.signal.aborted) return
      position = offset
      isSeeking = true
      flow.seek(place, offset)
      resume('preparing')
    },
    fetched({ records, bytes, lastOffset, highWatermark }) {
      if (position === undefined || controller.signal.aborted) return
      isSeeking = false
      queue(records, bytes, lastOffset, highWatermark)
    },
    emptied({ firstOffset, lastOffset, highWatermark }) {
      if (position === undefined || controller.signal.aborted) return
      // It does not say which fetch it belongs to. Right after a seek only one that begins there surely came behind it; another is left out,
      // for the next records tell the position too.
      if (isSeeking && (firstOffset ?? lastOffset) !== position) return
      isSeeking = false
      if (lastOffset >= position) queue([], 0, lastOffset, highWatermark)
    },
    seek(offset) {
      if (position === undefined) {
        sought = offset
        return
      }
      handOff.clear()
      hasRead = false
      fetchFrom(offset)
    },
    fetchFrom,
    stopOutOfRange() {
      pause('out-of-range')
    },
    keep() {
      if (position !== undefined) flow.seek(place, position)
    },
    halt() {
      handOff.halt()
      pause('halted')
    },
    end() {
      if (controller.signal.aborted) return
      // kafkajs keeps the flag of a partition that went away, and it would come back paused.
      if (pauses.size > 0) flow.resume(place)
      controller.abort(partitionLost(groupId, place))
      handOff.clear()
    },
  }
}
