import type { PartitionEpoch, TopicPartition } from '@ledgerbus/core'

/** This member's hold on a partition, as the work on its records sees it. */
export interface Ownership extends TopicPartition {
  readonly epoch: number
  /** Whether results still count. Asked after everything that was awaited. */
  isOver(): boolean
  /** Whether the partition was taken away while results counted; not when this member gave it up. */
  isLost(): boolean
  /** Aborted when results no longer count. */
  readonly over: AbortSignal
  /** Aborted when waiting makes no more sense: draining, or over. */
  readonly hurry: AbortSignal
  /** Waits end, work goes on. */
  drain(): void
  /** This member gives it up: nothing counts any more; `reason` is what handlers find in their signal. */
  end(reason: unknown): void
  /** The same, when it was taken away. */
  lose(reason: unknown): void
}

export function createOwnership({ topic, partition, epoch, signal }: PartitionEpoch): Ownership {
  const over = new AbortController()
  const hurry = new AbortController()
  let isLost = false

  function end(reason: unknown): void {
    hurry.abort(reason)
    over.abort(reason)
  }

  function lose(reason: unknown): void {
    if (!over.signal.aborted) isLost = true
    end(reason)
  }

  // The adapter may know before it says so.
  if (signal.aborted) lose(signal.reason)
  else signal.addEventListener('abort', () => lose(signal.reason), { once: true })

  return {
    topic,
    partition,
    epoch,
    isOver: () => over.signal.aborted,
    isLost: () => isLost,
    over: over.signal,
    hurry: hurry.signal,
    drain() {
      hurry.abort()
    },
    end,
    lose,
  }
}
