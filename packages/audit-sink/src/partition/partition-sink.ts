import type {
  AssignedPartition,
  AuditPartition,
  LedgerbusError,
  Logger,
  NextOffset,
  RecordBatch,
} from '@ledgerbus/core'
import { type CutRange, createOpenRange, type OpenRange } from '../batch/open-range.ts'
import type { DecodeValue } from '../reading/decode-value.ts'
import type { ByteBudget } from '../wait/byte-budget.ts'
import { createCondition } from '../wait/condition.ts'
import type { InsertSlots } from '../wait/insert-slots.ts'
import { pauseBeforeRetry } from '../wait/pause.ts'
import { createBatchIntake } from './batch-intake.ts'
import { type BatchLimits, rangeDueInMs } from './range-due.ts'
import { createRangeProtocol, type ProtocolNeeds } from './range-protocol.ts'
import type { SinkPartition } from './sink-partition.ts'
import { untilAnswered } from './until-answered.ts'
import { whereToBegin } from './where-to-begin.ts'

/** What a partition works with. */
export interface PartitionNeeds extends ProtocolNeeds {
  readonly decodeValue: DecodeValue | undefined
  readonly logger: Logger
  readonly limits: BatchLimits
  readonly budget: ByteBudget
  /** A recorded range is held as a whole, however full the budget is: so few at once. */
  readonly recoveries: InsertSlots
  /** So many partitions with a backlog fill a range at once. */
  readonly fills: InsertSlots
  /** The cluster that names records, as the broker's records do. */
  readonly cluster: string
  /** Makes the broker go on elsewhere. */
  readonly seek: (partition: AssignedPartition, offset: NextOffset) => void
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
  const { auditLog, clock, limits, budget, logger, hooks } = needs
  const { topic, partition } = assigned
  const owner: AuditPartition = { cluster: needs.cluster, topic, partition }
  const signal = AbortSignal.any([assigned.signal, needs.signal])
  const condition = createCondition(clock)
  const beginning = whereToBegin(assigned, needs)
  let trouble: SinkPartition['trouble']
  let isPaused = false
  let committed: NextOffset = beginning.first
  let confirmed: NextOffset = beginning.first
  let { recorded } = beginning

  const listener = {
    signal,
    committed(next: NextOffset) {
      committed = next
      condition.notify()
    },
    trouble: (found: { readonly error: LedgerbusError; readonly attempts: number } | undefined) =>
      setTrouble(found?.error, found?.attempts ?? 0),
  }
  const asking = { ...needs, ...listener }
  const protocol = createRangeProtocol(needs, assigned, listener)
  const open: OpenRange = createOpenRange(auditLog, owner, limits, {
    first: beginning.first,
    ...(recorded !== undefined && { boundary: recorded.next }),
  })
  /** What is being stored. */
  let current: CutRange | undefined
  let endRecovery: (() => void) | undefined
  let movedAtMs = clock.monotonicMs()
  let end = assigned.end
  /** Where it ends, as long as that was more than a whole range away when it was last seen so. */
  let backlogEnd: bigint | undefined
  let draining = 0
  /** Whether a batch is being taken: what is drained has to wait for the rest of it. */
  let isTaking = false

  const share = budget.join({
    openBytes: () => (current !== undefined || isRecovering() ? 0 : open.bytes),
    isStoring: () => current !== undefined,
    changed: () => {
      condition.notify()
    },
  })

  function setTrouble(error: LedgerbusError | undefined, attempts: number): void {
    if (error === undefined) {
      trouble = undefined
      return
    }
    trouble = { code: error.code, message: error.message, sinceMs: trouble?.sinceMs ?? clock.nowMs(), attempts }
  }

  /** A range that was recorded is stored as recorded or not at all. */
  const isRecovering = (): boolean => open.boundary !== undefined

  /** How long until there is something to do; infinite while nothing waits. */
  const dueInMs = (): number =>
    rangeDueInMs(open, limits, {
      end,
      backlogEnd,
      confirmed,
      movedAtMs,
      nowMs: clock.monotonicMs(),
      isHurried: draining > 0 || share.isTurn(),
    })

  async function cut(): Promise<CutRange | undefined> {
    const [first, next] = [confirmed, open.position]
    await hooks?.at({ name: 'cut', phase: 'before', topic, partition, first, next })
    const range = open.cut()
    if (backlogEnd !== undefined && open.position >= backlogEnd) backlogEnd = undefined
    intake.wasCut()
    await hooks?.at({ name: 'cut', phase: 'after', topic, partition, first, next })
    if (
      recorded !== undefined &&
      (range?.block.records !== recorded.records || range.block.digest !== recorded.digest)
    ) {
      // Compaction took records since, or the topic is another one: what is there now is a range of its own.
      logger.warn(
        { topic, partition, first, next },
        'a recorded range reads otherwise than it did, storing it as it is now',
      )
    }
    return range
  }

  async function storeNext(): Promise<void> {
    current ??= await cut()
    share.moved()
    const next = current?.next ?? open.position
    if (current === undefined) await protocol.confirm(next, { isChecked: intake.isChecked(next) })
    else {
      const how = {
        isChecked: intake.isChecked(current.first),
        isNextDue: () => open.records > 0 && !intake.isChecked(open.first) && dueInMs() === 0,
        ...(recorded !== undefined && { recorded }),
      }
      const { bytes } = current.block
      if (!(await protocol.store(current, how))) return
      share.give(bytes)
    }
    recorded = undefined
    endRecovery?.()
    endRecovery = undefined
    current = undefined
    confirmed = next
    share.moved()
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
    endRecovery?.()
    intake.wasCut()
    share.give(open.bytes + (current?.block.bytes ?? 0))
    share.leave()
  }

  const isDrained = (): boolean =>
    !isTaking && open.records === 0 && current === undefined && committed === open.position

  async function until(holds: () => boolean): Promise<void> {
    while (!signal.aborted && !holds()) await condition.changed({ signal })
  }

  async function drain(): Promise<void> {
    draining += 1
    condition.notify()
    // The next owner reads a recorded range again, from its beginning: half of it is no range.
    await until(() => isDrained() || (isRecovering() && !open.isFull && current === undefined))
    draining -= 1
  }

  /** Before the first record is taken: what the log may hold that nothing recorded tells of. */
  async function getReady(): Promise<void> {
    const range = { first: beginning.first, next: recorded?.next ?? beginning.first }
    await hooks?.at({ name: 'assigned', phase: 'before', topic, partition, ...range })
    if (beginning.mayStand) await intake.askTheLog()
    if (isRecovering()) endRecovery = await needs.recoveries.take(signal)
    await hooks?.at({ name: 'assigned', phase: 'after', topic, partition, ...range })
  }

  /** Somebody set the group back, or the topic was made anew: what came before is a range of its own. */
  async function goBackTo(offset: bigint): Promise<void> {
    draining += 1
    condition.notify()
    await until(() => (open.records === 0 && current === undefined) || (isRecovering() && current === undefined))
    draining -= 1
    if (signal.aborted) return
    share.give(open.bytes)
    open.restartAt(offset)
    backlogEnd = undefined
    intake.wasCut()
    recorded = undefined
    confirmed = open.position
  }

  /** What was recorded is gone from Kafka. Where the log has it as a whole, nothing is missing. */
  async function goOnBehind(lost: typeof recorded & {}): Promise<void> {
    const question = { ...owner, first: beginning.first, next: lost.next }
    const found = await untilAnswered(asking, 'standing records', () => auditLog.standing(question, { signal }))
    if (found === undefined || found.records !== lost.records || found.digest !== lost.digest) return
    logger.info(question, 'a recorded range is gone from Kafka and stands in the log, going on behind it')
    isPaused = false
    setTrouble(undefined, 0)
    recorded = undefined
    open.restartAt(lost.next)
    needs.seek(assigned, lost.next as NextOffset)
    condition.notify()
  }

  const intake = createBatchIntake({
    ...asking,
    owner,
    open,
    share,
    isBehind: () => backlogEnd !== undefined && open.position < backlogEnd,
    notify: () => {
      condition.notify()
    },
    until,
    goBackTo,
  })
  const ready = getReady().catch((error: unknown) => {
    // A hook of a test. What is not known to stand is stored anyway.
    logger.error({ topic, partition, error }, 'looking up where a partition begins threw')
  })
  void run()

  return {
    async accept(batch) {
      isTaking = true
      await ready
      if (signal.aborted) return
      if (isPaused) setTrouble(undefined, 0)
      isPaused = false
      end = batch.end
      if (end - open.position > BigInt(limits.maxRows)) backlogEnd = end
      await intake.take(batch).finally(() => {
        isTaking = false
      })
      movedAtMs = clock.monotonicMs()
      condition.notify()
      await until(() => !budget.isFull || isRecovering())
    },
    drain,
    isDrained,
    pausedBy(error) {
      isPaused = true
      setTrouble(error, 1)
      if (recorded !== undefined && open.records === 0 && current === undefined) void goOnBehind(recorded)
    },
    status() {
      return {
        topic,
        partition,
        state: stateOf(isPaused, trouble !== undefined),
        committed,
        end,
        lag: end > committed ? end - committed : 0n,
        pendingRecords: open.records + (current?.block.records ?? 0),
        pendingBytes: open.bytes + (current?.block.bytes ?? 0),
        ...(trouble !== undefined && { trouble }),
      }
    },
  }
}

function stateOf(isPaused: boolean, isTroubled: boolean): SinkPartition['state'] {
  if (isPaused) return 'paused'
  return isTroubled ? 'held' : 'reading'
}
