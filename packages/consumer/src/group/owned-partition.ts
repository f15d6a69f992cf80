import type { Clock, CommitPosition, ConsumerRecord, NextOffset, RecordBatch } from '@ledgerbus/core'
import type { Counters } from '../consumer-counts.ts'
import type { Work } from '../lanes/lane.ts'
import type { Ordering } from '../lanes/lane-key.ts'
import { createLanes } from '../lanes/lanes.ts'
import type { Slots } from '../lanes/slots.ts'
import type { TurnRegistry } from '../lanes/turn-registry.ts'
import { createOffsetTracker } from '../offsets/offset-tracker.ts'
import type { RecordEnd } from '../pipeline/record-end.ts'
import type { Ownership } from './ownership.ts'

export interface OwnedPartitionOptions {
  readonly ownership: Ownership
  /** What the group had committed when the partition was assigned. */
  readonly committed: NextOffset | undefined
  readonly slots: Slots
  readonly turns: TurnRegistry
  readonly clock: Clock
  readonly ordering: Ordering
  readonly counters: Counters
  readonly maxBufferedRecords: number
  readonly maxBufferedBytes: number
  /** Most records from the lowest that is not done on, those behind it that are done included: what a stuck record makes the group read again. */
  readonly maxRecordsAhead: number
  readonly work: Work
  /** Something was finished and could be committed. */
  readonly onProgress: () => void
}

/** One ownership of a partition: its lanes, its offsets and its buffer. */
export interface OwnedPartition {
  readonly ownership: Ownership
  /** Takes a batch; resolves when there is room for the next one, or when there will be none. */
  accept(batch: RecordBatch): Promise<void>
  /** What could be committed beyond the last commit; `undefined`: nothing. */
  pending(): CommitPosition | undefined
  committed(offset: NextOffset): void
  /** The last commit known to have succeeded. */
  readonly lastCommit: NextOffset | undefined
  /** Cuts waits short; what is delivered from now on is not taken. */
  drain(): void
  /** The time to close is over: handlers are aborted, later results do not count. What was finished can still be committed. */
  stop(reason: unknown): void
  /** Taken away: nothing of it counts or is committed any more. */
  lose(reason: unknown): void
}

export function createOwnedPartition(options: OwnedPartitionOptions): OwnedPartition {
  const { ownership, counters, maxBufferedRecords, maxBufferedBytes, maxRecordsAhead, onProgress } = options
  const tracker = createOffsetTracker()
  const slots = options.slots.openQueue()
  const { turns, clock, ordering, work } = options
  const lanes = createLanes({ ownership, slots, turns, clock, ordering, work, onEnd })
  let lastCommit = options.committed
  let bufferedBytes = 0
  let isDraining = false
  let isStopped = false
  let isLost = false
  let onRoom: (() => void) | undefined

  function onEnd(record: ConsumerRecord, end: Exclude<RecordEnd, { readonly kind: 'left' }>): void {
    if (isLost) counters.late()
    if (ownership.isOver()) return
    tracker.done(record.offset)
    bufferedBytes -= bytesOf(record)
    counters.finished(end)
    onProgress()
    if (isWithin(0.5)) letIn()
  }

  /** Whether a share of every bound is kept to. */
  function isWithin(share: number): boolean {
    return (
      tracker.open <= maxBufferedRecords * share &&
      bufferedBytes <= maxBufferedBytes * share &&
      tracker.ahead <= maxRecordsAhead * share
    )
  }

  function letIn(): void {
    onRoom?.()
    onRoom = undefined
  }

  function endWork(reason: unknown): void {
    ownership.end(reason)
    slots.close()
    letIn()
  }

  return {
    ownership,
    accept(batch) {
      if (isDraining || ownership.isOver()) return Promise.resolve()
      for (const record of batch.records) {
        if (!tracker.received(record.offset)) continue
        counters.delivered()
        bufferedBytes += bytesOf(record)
        lanes.add(record)
      }
      tracker.moved(batch.nextOffset)
      onProgress()
      const isFull =
        tracker.open >= maxBufferedRecords || bufferedBytes >= maxBufferedBytes || tracker.ahead >= maxRecordsAhead
      if (!isFull) return Promise.resolve()
      return new Promise((resolve) => {
        onRoom = resolve
      })
    },
    pending() {
      const offset = tracker.committable()
      if (isLost || offset === undefined || (lastCommit !== undefined && offset <= lastCommit)) return undefined
      return { topic: ownership.topic, partition: ownership.partition, epoch: ownership.epoch, offset }
    },
    committed(offset) {
      if (lastCommit === undefined || offset > lastCommit) lastCommit = offset
    },
    get lastCommit() {
      return lastCommit
    },
    drain() {
      isDraining = true
      ownership.drain()
    },
    stop(reason) {
      isStopped = true
      endWork(reason)
    },
    lose(reason) {
      if (isLost) return
      isLost = true
      // After a stop they stay open: it was this member that gave them up.
      if (!isStopped) counters.lost(tracker.open)
      endWork(reason)
    },
  }
}

/** What a record holds in memory, roughly: its bytes and the objects around them. */
function bytesOf({ key, value, headers }: ConsumerRecord): number {
  let bytes = 200 + (key?.byteLength ?? 0) + (value?.byteLength ?? 0)
  for (const header of headers) bytes += 50 + header.name.length + (header.value?.byteLength ?? 0)
  return bytes
}
