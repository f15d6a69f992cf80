import type { AuditPartition, AuditReading, ConsumerRecord, RecordBatch } from '@ledgerbus/core'
import type { OpenRange } from '../batch/open-range.ts'
import type { Counter } from '../batch/sink-counts.ts'
import { type DecodeValue, isFramed } from '../reading/decode-value.ts'
import { predecode } from '../reading/predecode.ts'
import type { BudgetShare } from '../wait/byte-budget.ts'
import type { InsertSlots } from '../wait/insert-slots.ts'
import { createStandingCheck, nothingStands, type StandingCheck, type StandingCheckNeeds } from './standing-check.ts'

/** What taking batches works with. */
export interface IntakeNeeds extends StandingCheckNeeds {
  readonly owner: AuditPartition
  readonly open: OpenRange
  readonly share: BudgetShare
  readonly counter: Counter
  /** So many partitions with a backlog fill a range at once: if all did, none would become a large one within the budget. */
  readonly fills: InsertSlots
  /** Whether the partition works off a backlog. */
  readonly isBehind: () => boolean
  readonly decodeValue: DecodeValue | undefined
  /** Something changed for whoever stores. */
  readonly notify: () => void
  /** Resolves when it holds, or the ownership is over. */
  readonly until: (holds: () => boolean) => Promise<void>
  /** Somebody set the group back, or the topic was made anew. */
  readonly goBackTo: (offset: bigint) => Promise<void>
}

/** Turns the records of batches into those of the open range. */
export interface BatchIntake {
  /** Before the first batch, where the log may hold records that nothing recorded tells of. */
  askTheLog(): Promise<void>
  /** Whether records from this offset on are looked up in the log. */
  isChecked(offset: bigint): boolean
  /** Takes all of a batch, waiting wherever a range is full. Ends early when the ownership does. */
  take(batch: RecordBatch): Promise<void>
  /** The open range was cut, or given up. */
  wasCut(): void
}

export function createBatchIntake(needs: IntakeNeeds): BatchIntake {
  const { owner, open, share, counter, fills, decodeValue, clock, signal, notify, until, goBackTo } = needs
  let endFill: (() => void) | undefined
  let standing: StandingCheck = nothingStands
  /** Asking a combined signal costs more than the record for which it is asked. */
  let isOver = signal.aborted
  signal.addEventListener('abort', () => {
    isOver = true
  })

  const hasRoom = ({ offset }: ConsumerRecord): boolean =>
    !open.isFull && (open.boundary === undefined || offset < open.boundary)

  async function makeRoom({ offset }: ConsumerRecord): Promise<void> {
    if (open.boundary !== undefined && offset >= open.boundary) open.moveTo(open.boundary)
    notify()
    await until(() => !open.isFull)
  }

  async function readingOf(record: ConsumerRecord): Promise<AuditReading | undefined> {
    if (decodeValue === undefined || !isFramed(record.value)) return undefined
    // It may wait long; what arrived before goes its way.
    notify()
    const trouble = needs.trouble
    return predecode({ ...needs, decodeValue }, record.value, {
      signal,
      of: record,
      trouble: (error, attempts) => {
        trouble(error === undefined ? undefined : { error, attempts })
      },
    })
  }

  /** A partition with a backlog waits for its turn to fill a range. */
  async function begin(): Promise<void> {
    if (needs.isBehind() && open.boundary === undefined && endFill === undefined) endFill = await fills.take(signal)
  }

  /** Behind a boundary that holes reach over, the rest of them is the next range's. */
  async function moveTo(next: bigint): Promise<void> {
    for (open.moveTo(next); open.position < next && !isOver; open.moveTo(next)) {
      notify()
      await until(() => !open.isFull)
    }
  }

  return {
    async askTheLog() {
      standing = (await createStandingCheck(needs, owner)) ?? nothingStands
    },
    isChecked: (offset) => standing.concerns(offset),
    async take(batch) {
      const [first] = batch.records
      const found = first !== undefined && standing.concerns(first.offset) ? await standing.of(batch) : undefined
      const nowMs = clock.monotonicMs()
      // Runs for every record of every topic: it waits only where there is something to wait for.
      for (const record of batch.records) {
        if (record.offset < open.position) await goBackTo(record.offset)
        if (isOver) return
        if (found?.has(record) === true) {
          counter.foundStanding()
          open.moveTo(record.offset + 1n)
          continue
        }
        if (!hasRoom(record)) await makeRoom(record)
        // It may wait for long, and a turn is nothing to wait with.
        const reading = isFramed(record.value) ? await readingOf(record) : undefined
        if (open.records === 0) await begin()
        if (isOver) return
        share.take(open.add(record, nowMs, reading))
      }
      await moveTo(batch.nextOffset)
    },
    wasCut() {
      endFill?.()
      endFill = undefined
    },
  }
}
