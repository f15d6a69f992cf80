import {
  type Clock,
  type CommitPosition,
  type ConsumerRecord,
  type Logger,
  type NextOffset,
  type RecordBatch,
  recordBytes,
  type TopicPartition,
} from '@ledgerbus/core'
import type { Activity } from '../activity/activity.ts'
import type { Conditions } from '../activity/conditions.ts'
import type { PartitionHealth } from '../activity/consumer-health.ts'
import type { Work } from '../lanes/lane.ts'
import type { LaneOrdering } from '../lanes/lane-key.ts'
import { createLanes } from '../lanes/lanes.ts'
import type { SlotQueue } from '../lanes/slots.ts'
import type { TurnRegistry } from '../lanes/turn-registry.ts'
import { encodeFinishedMap, lengthOfFinishedMap, longestFinishedMap } from '../offsets/finished-map.ts'
import type { MapRoom } from '../offsets/map-room.ts'
import { createOffsetTracker, type TakenOver } from '../offsets/offset-tracker.ts'
import type { RecordEnd } from '../pipeline/record-end.ts'
import type { Ownership } from './ownership.ts'
import type { Pace } from './pace.ts'
import { tellingWhatIsLeft } from './telling-work.ts'

export interface OwnedPartitionOptions extends PartitionBounds {
  readonly ownership: Ownership
  /** What the group had committed when the partition was assigned. */
  readonly takenOver: TakenOver & { readonly metadata: string }
  /** What the partition held then. */
  readonly range: { readonly low: bigint; readonly end: bigint }
  /** Its own; closed with the ownership. */
  readonly slots: SlotQueue
  readonly turns: TurnRegistry
  readonly pace: Pace
  readonly clock: Clock
  readonly logger: Logger
  readonly ordering: LaneOrdering
  readonly activity: Activity
  readonly conditions: Conditions
  readonly work: Work
  /** Something was finished and could be committed. */
  readonly onProgress: () => void
}

/** Up to where a partition is read ahead of what is finished. */
export interface PartitionBounds {
  readonly maxBufferedRecords: number
  readonly maxBufferedBytes: number
  /** How much of what is finished ahead commits carry; `undefined`: they do not. */
  readonly mapRoom: Pick<MapRoom, 'characters'> | undefined
  /** Where they do not: most offsets from the lowest that is not done on, as they come again after a restart. */
  readonly maxOffsetsAhead: number
  /** With lag and without movement for so long it is stuck, in milliseconds. */
  readonly stuckAfterMs: number
}

/** One ownership of a partition: its lanes, its offsets and its buffer. */
export interface OwnedPartition {
  readonly ownership: Ownership
  /** Takes a batch; resolves when there is room for the next one, or when there will be none. */
  accept(batch: RecordBatch): Promise<void>
  /** What could be committed beyond the last commit, or says more than it; `undefined`: nothing. */
  pending(): CommitPosition | undefined
  committed(position: CommitPosition): void
  /** The last commit known to have succeeded. */
  readonly lastCommit: NextOffset | undefined
  /** Begins nothing new until `release`; what is under way goes on. */
  hold(): void
  release(): void
  /** Cuts waits short; what is delivered from now on is not taken. */
  drain(): void
  /** The time to close is over: handlers are aborted, later results do not count. What was finished can still be committed. */
  stop(reason: unknown): void
  /** Taken away: nothing of it counts or is committed any more. */
  lose(reason: unknown): void
  health(): PartitionHealth
}

/** From this share of its room on the map lets nothing new be taken: what is being handled needs room in it, too. */
const fullMapShare = 0.75

export function createOwnedPartition(options: OwnedPartitionOptions): OwnedPartition {
  const { ownership, takenOver, slots, activity, conditions, clock, logger, pace, onProgress } = options
  const { maxBufferedRecords, maxBufferedBytes, maxOffsetsAhead, mapRoom } = options
  const place: TopicPartition = { topic: ownership.topic, partition: ownership.partition }
  const tracker = createOffsetTracker(takenOver)
  const work = tellingWhatIsLeft(options.work, activity)
  const lanes = createLanes({ ownership, slots, turns: options.turns, clock, ordering: options.ordering, work, onEnd })
  let lastCommit = commitOf(takenOver)
  let { end } = options.range
  let bufferedBytes = 0
  let isDraining = false
  let isStopped = false
  let isLost = false
  let isHeld = false
  let isMapTooLarge = false
  let waiting: { readonly reason: string; readonly letIn: () => void } | undefined
  const standing = { at: tracker.committable(), sinceMs: clock.monotonicMs() }

  function onEnd(record: ConsumerRecord, recordEnd: Exclude<RecordEnd, { readonly kind: 'left' }>): void {
    if (ownership.isLost()) activity.tell({ kind: 'record-late', record })
    if (ownership.isOver()) return
    tracker.done(record.offset)
    bufferedBytes -= bytesOf(record)
    activity.ended(record, recordEnd)
    onProgress()
    if (waiting !== undefined && fullFor(0.5) === undefined) letIn()
  }

  /** Why nothing more is taken, when only a share of every bound may be used. */
  function fullFor(share: number): string | undefined {
    if (tracker.open >= maxBufferedRecords * share || bufferedBytes >= maxBufferedBytes * share) return 'buffer-full'
    if (mapRoom === undefined || mapRoom.characters === 0) {
      return tracker.ahead >= maxOffsetsAhead * share ? 'too-far-ahead' : undefined
    }
    return isMapFull(mapRoom.characters * fullMapShare) ? 'map-full' : undefined
  }

  function isMapFull(characters: number): boolean {
    // Reading what the map covers already does not make it longer, and is the only way to make it shorter.
    if (tracker.hasRestoredAhead) return false
    if (longestFinishedMap(tracker.open, tracker.ahead) < characters) return false
    return lengthOfFinishedMap(tracker.runs()) >= characters
  }

  /** Whether what is delivered is still taken. */
  function takes(): boolean {
    return !isDraining && !ownership.isOver()
  }

  function take(record: ConsumerRecord, atMs: number): void {
    switch (tracker.received(record.offset, atMs)) {
      case 'again':
        return
      case 'restored':
        activity.restored(record)
        return
      case 'new':
        activity.delivered(record)
        bufferedBytes += bytesOf(record)
        lanes.add(record)
    }
  }

  function untilRoom(reason: string): Promise<void> {
    activity.tell({ kind: 'partition-paused', ...place, reason })
    return new Promise((resolve) => {
      waiting = { reason, letIn: resolve }
    })
  }

  function letIn(): void {
    if (waiting === undefined) return
    const { reason, letIn: resolve } = waiting
    waiting = undefined
    activity.tell({ kind: 'partition-resumed', ...place, reason })
    resolve()
  }

  function endWork(): void {
    slots.close()
    letIn()
  }

  function mapAt(offset: NextOffset): string {
    if (mapRoom === undefined) return ''
    const runs = tracker.runs()
    const map = encodeFinishedMap(runs, mapRoom.characters)
    if (map === undefined) tellMapTooLarge(offset, finishedOf(runs))
    isMapTooLarge = map === undefined
    return map ?? ''
  }

  function tellMapTooLarge(offset: NextOffset, finishedAhead: number): void {
    activity.tell({ kind: 'map-too-large', ...place, offset, finishedAhead })
    if (isMapTooLarge) return
    logger.warn(
      { ...place, offset: String(offset), finishedAhead },
      'what is finished ahead of the commit has no room in its metadata; after a restart it comes again',
    )
  }

  /** Notes whether the lowest unfinished offset moved. */
  function look(nowMs: number): void {
    const at = tracker.committable()
    if (at === standing.at) return
    standing.at = at
    standing.sinceMs = nowMs
  }

  return {
    ownership,
    async accept(batch) {
      if (!takes()) return
      const atMs = clock.monotonicMs()
      // It stood still because there was nothing to do.
      if (tracker.open === 0) standing.sinceMs = atMs
      if (batch.end > end) end = batch.end
      for (const record of batch.records) {
        if (pace.isSpent()) {
          await pace.rest()
          if (!takes()) return
        }
        take(record, atMs)
      }
      tracker.moved(batch.nextOffset)
      look(atMs)
      onProgress()
      const reason = takes() ? fullFor(1) : undefined
      if (reason !== undefined) await untilRoom(reason)
    },
    pending() {
      look(clock.monotonicMs())
      const offset = tracker.committable()
      if (isLost || offset === undefined || (lastCommit !== undefined && offset < lastCommit.offset)) return undefined
      const metadata = mapAt(offset)
      if (offset === lastCommit?.offset && metadata === lastCommit.metadata) return undefined
      return { ...place, epoch: ownership.epoch, offset, metadata }
    },
    committed({ offset, metadata = '' }) {
      if (lastCommit === undefined || offset >= lastCommit.offset) lastCommit = { offset, metadata }
    },
    get lastCommit() {
      return lastCommit?.offset
    },
    hold() {
      isHeld = true
      slots.hold()
    },
    release() {
      isHeld = false
      slots.release()
    },
    drain() {
      isDraining = true
      ownership.drain()
    },
    stop(reason) {
      isStopped = true
      ownership.end(reason)
      endWork()
    },
    lose(reason) {
      if (isLost) return
      isLost = true
      // After a stop they stay open: it was this member that gave them up.
      activity.tell({ kind: 'partition-lost', ...place, open: isStopped ? 0 : tracker.open })
      ownership.lose(reason)
      endWork()
    },
    health() {
      const nowMs = clock.monotonicMs()
      look(nowMs)
      const at = standing.at ?? takenOver.committed ?? options.range.low
      const lag = end > at ? end - at : 0n
      const onPurpose = conditions.pauseOf(place)
      const standsForMs = nowMs - Math.max(standing.sinceMs, onPurpose.endedAtMs)
      const pausedFor = onPurpose.reason ?? (isHeld ? 'rebalance' : waiting?.reason)
      const oldestAtMs = tracker.oldestAtMs
      return {
        ...place,
        position: tracker.position ?? takenOver.committed,
        committed: lastCommit?.offset,
        end,
        lag,
        open: tracker.open,
        finishedAhead: finishedOf(tracker.runs()),
        oldestAgeMs: oldestAtMs === undefined ? undefined : nowMs - oldestAtMs,
        standsForMs,
        state: pausedFor === undefined ? 'running' : 'paused',
        ...(pausedFor !== undefined && { pausedFor }),
        isStuck: lag > 0n && onPurpose.reason === undefined && standsForMs >= options.stuckAfterMs,
      }
    },
  }
}

function commitOf({
  committed,
  metadata,
}: OwnedPartitionOptions['takenOver']): { readonly offset: NextOffset; readonly metadata: string } | undefined {
  return committed === undefined ? undefined : { offset: committed, metadata }
}

function finishedOf(runs: readonly number[]): number {
  return runs.reduce((sum, length, index) => (index % 2 === 1 ? sum + length : sum), 0)
}

/** What a record holds in memory, roughly: its bytes and the objects around them. */
function bytesOf(record: ConsumerRecord): number {
  return objectBytes + recordBytes(record)
}

const objectBytes = 500
