import type { AppendOutcome, Clock } from '@ledgerbus/core'

/** An append that waits for its turn. */
export interface QueuedAppend {
  /** On the monotonic clock; when it passes before its turn, the append was not sent. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  run(): Promise<AppendOutcome>
  /** Its outcome when it is aborted before its turn. */
  aborted(reason: unknown): AppendOutcome
  /** Its outcome when its time is over before its turn. */
  late(): AppendOutcome
}

/** The appends of one partition: one at a time, in the order of the calls. */
export interface PartitionQueue {
  add(append: QueuedAppend): Promise<AppendOutcome>
}

interface Waiting {
  readonly append: QueuedAppend
  readonly settle: (outcome: AppendOutcome | Promise<AppendOutcome>) => void
}

/** @param onIdle called when nothing waits or runs any more */
export function createPartitionQueue(clock: Clock, onIdle: () => void): PartitionQueue {
  const waiting = new Set<Waiting>()
  let isRunning = false

  async function run(): Promise<void> {
    if (isRunning) return
    isRunning = true
    for (const next of waiting) {
      waiting.delete(next)
      const outcome = next.append.run()
      next.settle(outcome)
      await outcome
    }
    isRunning = false
    onIdle()
  }

  return {
    add(append) {
      return new Promise((resolve) => {
        const { signal, deadlineMs } = append
        const leaveWith = (outcome: () => AppendOutcome) => {
          if (waiting.delete(entry)) entry.settle(outcome())
        }
        const onAbort = () => leaveWith(() => append.aborted(signal?.reason))
        const cancel = clock.schedule(Math.max(0, deadlineMs - clock.monotonicMs()), () => leaveWith(append.late))
        signal?.addEventListener('abort', onAbort, { once: true })
        const entry: Waiting = {
          append,
          settle(outcome) {
            cancel()
            signal?.removeEventListener('abort', onAbort)
            resolve(outcome)
          },
        }
        waiting.add(entry)
        void run()
      })
    },
  }
}
