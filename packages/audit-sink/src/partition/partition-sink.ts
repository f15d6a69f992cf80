import type {
  AssignedPartition,
  ConsumerRecord,
  LedgerbusError,
  Logger,
  NextOffset,
  RecordBatch,
} from '@ledgerbus/core'
import { type Cut, createPendingRecords } from '../batch/pending-records.ts'
import { type DecodeValue, isFramed } from '../reading/decode-value.ts'
import { predecode } from '../reading/predecode.ts'
import type { Predecoded } from '../reading/read-value.ts'
import type { ByteBudget } from '../wait/byte-budget.ts'
import { createCondition } from '../wait/condition.ts'
import { pauseBeforeRetry } from '../wait/pause.ts'
import { createRangeProtocol, type ProtocolNeeds } from './range-protocol.ts'
import type { SinkPartition } from './sink-partition.ts'

/** When a range is cut. */
export interface BatchLimits {
  readonly maxRows: number
  readonly maxBytes: number
  /** While the partition has more than was read. */
  readonly maxAgeMs: number
  /** While it has not. */
  readonly idleAgeMs: number
}

/** What a partition works with. */
export interface PartitionNeeds extends ProtocolNeeds {
  readonly decodeValue: DecodeValue | undefined
  readonly logger: Logger
  readonly limits: BatchLimits
  readonly budget: ByteBudget
  /** Ends all partitions. */
  readonly signal: AbortSignal
}

/** One ownership of a partition. */
export interface PartitionSink {
  /** Takes a batch and resolves when there is room for the next. */
  accept(batch: RecordBatch): Promise<void>
  /** Stores what there is without waiting for more, and resolves when all of it is committed, or the ownership ended. */
  drain(): Promise<void>
  isDrained(): boolean
  /** The commit points at records that are gone. */
  pausedBy(error: LedgerbusError): void
  status(): SinkPartition
}

export function createPartitionSink(needs: PartitionNeeds, assigned: AssignedPartition): PartitionSink {
  const { clock, limits, budget, logger } = needs
  const { topic, partition } = assigned
  const signal = AbortSignal.any([assigned.signal, needs.signal])
  const condition = createCondition(clock)
  let trouble: SinkPartition['trouble']
  let isPaused = false
  const protocol = createRangeProtocol(needs, assigned, {
    signal,
    committed(next) {
      committed = next
      condition.notify()
    },
    trouble: (found) => setTrouble(found?.error, found?.attempts ?? 0),
  })
  const pending = createPendingRecords(protocol.start)
  /** What the loop has cut and not yet stored. */
  let current: Cut | undefined
  let confirmed: NextOffset = protocol.start
  let committed: NextOffset = protocol.start
  let movedAtMs = clock.monotonicMs()
  let end = assigned.end
  let draining = 0

  function setTrouble(error: LedgerbusError | undefined, attempts: number): void {
    if (error === undefined) {
      trouble = undefined
      return
    }
    trouble = { code: error.code, message: error.message, sinceMs: trouble?.sinceMs ?? clock.nowMs(), attempts }
  }

  /** How long until there is something to do; infinite while nothing waits. */
  function dueInMs(): number {
    const isHurried = draining > 0 || budget.isFull
    if (pending.count >= limits.maxRows || pending.bytes >= limits.maxBytes) return 0
    if (pending.oldestAtMs !== undefined) {
      const ageMs = pending.position < end ? limits.maxAgeMs : limits.idleAgeMs
      return isHurried ? 0 : Math.max(0, pending.oldestAtMs + ageMs - clock.monotonicMs())
    }
    if (pending.position === confirmed) return Number.POSITIVE_INFINITY
    return isHurried ? 0 : Math.max(0, movedAtMs + limits.idleAgeMs - clock.monotonicMs())
  }

  async function storeNext(): Promise<void> {
    current ??= pending.cut(limits)
    const next = current?.batch.range.next ?? pending.position
    if (current === undefined) protocol.confirm(next)
    else if (!(await protocol.store(current.batch))) return
    budget.give(current?.bytes ?? 0)
    current = undefined
    confirmed = next
    condition.notify()
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const waitMs = current === undefined ? dueInMs() : 0
      if (waitMs > 0) {
        await condition.changed({ signal, timeoutMs: waitMs })
        continue
      }
      try {
        await storeNext()
      } catch (error) {
        // A fault of ours. The range stays where it is and is stored again: nothing is committed past it.
        logger.error({ topic, partition, error }, 'storing a range threw, will store it again')
        await pauseBeforeRetry(needs, 1, { retriable: false, signal, recovered: condition })
      }
    }
    unsubscribe()
    budget.give(pending.bytes + (current?.bytes ?? 0))
  }

  const isFull = (): boolean =>
    budget.isFull || pending.count >= 2 * limits.maxRows || pending.bytes >= 2 * limits.maxBytes
  const isDrained = (): boolean => pending.count === 0 && current === undefined && committed === pending.position

  async function until(holds: () => boolean): Promise<void> {
    while (!signal.aborted && !holds()) await condition.changed({ signal })
  }

  async function drain(): Promise<void> {
    draining += 1
    condition.notify()
    await until(isDrained)
    draining -= 1
  }

  /** Somebody set the group back, or the topic was made anew: what came before is a range of its own. */
  async function goBackTo(offset: bigint): Promise<void> {
    await drain()
    if (signal.aborted) return
    pending.restartAt(offset)
    confirmed = pending.position
  }

  async function predecodeFramed(value: Uint8Array, of: ConsumerRecord): Promise<Predecoded | undefined> {
    if (needs.decodeValue === undefined) return undefined
    // It may wait long; what arrived before goes its way.
    condition.notify()
    return predecode({ ...needs, decodeValue: needs.decodeValue }, value, { signal, of, trouble: setTrouble })
  }

  const unsubscribe = budget.subscribe(() => {
    condition.notify()
  })
  void run()

  return {
    async accept(batch) {
      if (isPaused) setTrouble(undefined, 0)
      isPaused = false
      end = batch.end
      for (const record of batch.records) {
        if (record.offset < pending.position) await goBackTo(record.offset)
        const predecoded = isFramed(record.value) ? await predecodeFramed(record.value, record) : undefined
        if (signal.aborted) return
        budget.take(pending.add(record, clock.monotonicMs(), predecoded))
      }
      pending.moveTo(batch.nextOffset)
      movedAtMs = clock.monotonicMs()
      condition.notify()
      await until(() => !isFull())
    },
    drain,
    isDrained,
    pausedBy(error) {
      isPaused = true
      setTrouble(error, 1)
    },
    status() {
      return {
        topic,
        partition,
        state: stateOf(isPaused, trouble !== undefined),
        committed,
        end,
        lag: end > committed ? end - committed : 0n,
        pendingRecords: pending.count + (current?.batch.range.records.length ?? 0),
        pendingBytes: pending.bytes + (current?.bytes ?? 0),
        ...(trouble !== undefined && { trouble }),
      }
    },
  }
}

function stateOf(isPaused: boolean, isTroubled: boolean): SinkPartition['state'] {
  if (isPaused) return 'paused'
  return isTroubled ? 'held' : 'reading'
}
