import { backoffMs, type Clock, type Random } from '@ledgerbus/core'
import type { Turn } from '../lanes/turn.ts'
import type { Attempt, AttemptEnd } from '../pipeline/attempt.ts'
import type { BatchBoundHandler } from '../subscription/bound-handler.ts'
import { createBatchSize } from './batch-size.ts'
import { createLaneOrder } from './lane-order.ts'

/** How a call with a batch ended. `failed` without an index: no record was named. */
export type BatchEnd =
  | { readonly kind: 'ended'; readonly end: AttemptEnd }
  | { readonly kind: 'failed'; readonly index: number | undefined; readonly error: unknown; readonly step?: 'timeout' }

export interface BatchCollectorOptions {
  readonly handler: BatchBoundHandler
  /** A turn of its own, for the calls. */
  readonly turn: Turn
  /** Calls the handler once. Never rejects. */
  readonly call: (attempts: readonly BatchedAttempt[], turn: Turn) => Promise<BatchEnd>
  readonly clock: Clock
  readonly random: Random
}

/** An attempt that waits for a batch. */
export interface BatchedAttempt extends Attempt {
  /** The lane whose record it is: what waits for its handler waits for that. */
  readonly lane: Turn
}

/**
 * Puts the attempts of one handler in one partition together. One batch is under way at a time. Records of a lane stay in order: one whose
 * predecessor failed waits until that is done, in whatever way.
 */
export interface BatchCollector {
  /** Its calls are made with it. */
  readonly turn: Turn
  /** A record begins; in offset order within its lane. */
  begun(lane: Turn, offset: bigint): void
  /** It is done: what comes behind it may go on. */
  ended(lane: Turn, offset: bigint): void
  /** A record of the lane comes again: what waits behind it must not overtake. */
  left(lane: Turn): void
  /** Attempts one record, within a batch. @param turn the record's own, idle meanwhile and active as soon as the end is known */
  attempt(attempt: BatchedAttempt, turn: Turn): Promise<AttemptEnd>
}

interface Entry {
  readonly attempt: BatchedAttempt
  readonly sinceMs: number
  readonly resolve: (end: AttemptEnd) => void
}

export function createBatchCollector(options: BatchCollectorOptions): BatchCollector {
  const { handler, turn, call, clock, random } = options
  const { ownership } = turn
  const order = createLaneOrder<Turn>()
  const { bounds, policy } = handler
  const size = createBatchSize(bounds.maxRecords)
  /** In offset order. */
  let entries: Entry[] = []
  let isRunning = false
  /** Failures in a row of batches that named no record. */
  let failures = 0
  let wake: AbortController | undefined

  function ready(): readonly Entry[] {
    const filled = order.fill()
    const taken: Entry[] = []
    for (const entry of entries) {
      if (taken.length === size.most) break
      const { lane, record } = entry.attempt
      if (filled.admits(lane, record.offset)) taken.push(entry)
    }
    return taken
  }

  /** How long a batch waits for more; `undefined`: nothing can run until something changes. */
  function dueInMs(): number | undefined {
    const takeable = ready()
    const [first] = takeable
    if (first === undefined) return undefined
    if (takeable.length === size.most || ownership.hurry.aborted) return 0
    return Math.max(0, Math.min(...takeable.map(({ sinceMs }) => sinceMs)) + bounds.maxWaitMs - clock.monotonicMs())
  }

  async function run(): Promise<void> {
    if (isRunning) return
    isRunning = true
    for (let waitMs = dueInMs(); waitMs !== undefined && !ownership.isOver(); waitMs = dueInMs()) {
      if (waitMs > 0) await sleep(waitMs)
      else await runBatch()
    }
    isRunning = false
    if (ownership.isOver()) leaveAll()
  }

  /** Ends early when something changed. */
  async function sleep(ms: number): Promise<void> {
    wake = new AbortController()
    await clock.sleep(ms, { signal: AbortSignal.any([wake.signal, ownership.hurry]) }).catch(() => undefined)
    wake = undefined
  }

  async function runBatch(): Promise<void> {
    if (!(await turn.begin())) return
    const batch = ready()
    if (batch.length === 0) {
      turn.end()
      return
    }
    const end = await call(
      batch.map(({ attempt }) => attempt),
      turn,
    )
    settle(batch, end)
    turn.end()
    if (end.kind === 'failed' && end.index === undefined) await backOff()
  }

  function settle(batch: readonly Entry[], end: BatchEnd): void {
    if (end.kind === 'ended') {
      failures = 0
      size.grow()
      resolveAll(batch, end.end)
      return
    }
    if (end.index === undefined) {
      size.shrink()
      return
    }
    failures = 0
    resolveAll(batch.slice(0, end.index), { kind: 'handled' })
    resolveAll(batch.slice(end.index, end.index + 1), {
      kind: 'failed',
      error: end.error,
      ...(end.step !== undefined && { step: end.step }),
    })
  }

  async function backOff(): Promise<void> {
    failures += 1
    await clock
      .sleep(backoffMs(policy, Math.min(failures, 30), random), { signal: ownership.hurry })
      .catch(() => undefined)
  }

  function resolveAll(ended: readonly Entry[], end: AttemptEnd): void {
    const gone = new Set(ended)
    entries = entries.filter((entry) => !gone.has(entry))
    for (const entry of ended) entry.resolve(end)
  }

  function leaveAll(): void {
    resolveAll(entries, { kind: 'left' })
  }

  function changed(): void {
    wake?.abort()
    void run()
  }

  ownership.over.addEventListener('abort', changed, { once: true })

  return {
    turn,
    begun: order.begun,
    ended(lane, offset) {
      order.ended(lane, offset)
      changed()
    },
    left(lane) {
      const behind = entries.filter(({ attempt }) => attempt.lane === lane)
      resolveAll(behind, { kind: 'left' })
      changed()
    },
    attempt(attempt, own) {
      // The call has a slot of its own.
      own.idle()
      return new Promise((resolveAttempt) => {
        function resolve(end: AttemptEnd): void {
          // At once: whoever waits for all work to end must not miss what follows from it.
          own.active()
          resolveAttempt(end)
        }
        const entry: Entry = { attempt, sinceMs: clock.monotonicMs(), resolve }
        // Most come in order; one that is tried again belongs before those that came after it.
        let place = entries.length
        while (place > 0 && isAfter(entries[place - 1], entry)) place -= 1
        entries.splice(place, 0, entry)
        // Whoever sleeps until a batch is due need not be told of each record.
        if (wake === undefined || entries.length >= size.most) changed()
      })
    },
  }
}

function isAfter(one: Entry | undefined, other: Entry): boolean {
  return one !== undefined && one.attempt.record.offset > other.attempt.record.offset
}
