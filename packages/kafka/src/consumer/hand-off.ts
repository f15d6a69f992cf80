import type { Clock, Logger, Random, RecordBatch } from '@ledgerbus/core'
import { type Backoff, backoffMs } from '../client/backoff.ts'

export interface HandOffOptions {
  /** The longest queue of one partition, in bytes; the last batch may go beyond. */
  readonly mostBytes: number
  readonly deliver: (batch: RecordBatch) => Promise<void>
  /** Called when the queue becomes full, and when it has room again. */
  readonly onFull: (isFull: boolean) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/**
 * The batches of one ownership between kafkajs, which must not wait, and the platform, which may: a queue, handed over batch by batch. What the
 * platform throws back it gets again.
 */
export interface HandOff {
  /** @param bytes what its records hold in memory */
  add(batch: RecordBatch, bytes: number): void
  /** Drops what is queued; the batch under way is not handed over again either. */
  clear(): void
  /** Nothing more is handed over. What is under way ends by itself. */
  halt(): void
}

interface Queued {
  readonly batch: RecordBatch
  readonly bytes: number
}

const backoff: Backoff = { firstMs: 100, mostMs: 5_000 }
/** A record is an object too. */
const bytesARecord = 100
/** So many batches are enough to keep the platform busy while the next fetch is under way. */
const mostBatches = 64

export function createHandOff(options: HandOffOptions): HandOff {
  const { mostBytes, deliver, onFull, clock, random, logger } = options
  let queue: Queued[] = []
  let heldBytes = 0
  let isFull = false
  let isRunning = false
  let isHalted = false

  function measure(): void {
    const share = Math.max(heldBytes / mostBytes, queue.length / mostBatches)
    // Full at the limit, room again at half of it: a partition does not flicker.
    const next = isFull ? share > 0.5 : share >= 1
    if (next === isFull) return
    isFull = next
    onFull(isFull)
  }

  function mayHandOver({ batch: { signal } }: Queued): boolean {
    return !isHalted && !signal.aborted
  }

  /** Hands one batch over, again and again until the platform takes it; ends early when it left the queue. */
  async function handOver(queued: Queued): Promise<void> {
    const { topic, partition, signal } = queued.batch
    for (let failures = 1; queue[0] === queued && mayHandOver(queued); failures += 1) {
      try {
        await deliver(queued.batch)
        if (queue[0] === queued) {
          queue.shift()
          heldBytes -= queued.bytes
        }
        return
      } catch (error) {
        logger.error({ topic, partition, failures, error }, 'deliver failed, the batch will be delivered again')
      }
      await clock.sleep(backoffMs(backoff, failures, random), { signal }).catch(() => undefined)
    }
  }

  async function run(): Promise<void> {
    if (isRunning) return
    isRunning = true
    // Later, not now: kafkajs goes on first.
    await Promise.resolve()
    for (let next = queue[0]; next !== undefined && mayHandOver(next); next = queue[0]) {
      await handOver(next)
      measure()
    }
    isRunning = false
  }

  return {
    add(batch, recordBytes) {
      const bytes = recordBytes + batch.records.length * bytesARecord
      queue.push({ batch, bytes })
      heldBytes += bytes
      measure()
      void run()
    },
    clear() {
      queue = []
      heldBytes = 0
      measure()
    },
    halt() {
      isHalted = true
    },
  }
}
