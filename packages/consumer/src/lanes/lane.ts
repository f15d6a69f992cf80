import type { Clock, ConsumerRecord } from '@ledgerbus/core'
import type { Ownership } from '../group/ownership.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { RecordEnd } from '../pipeline/record-end.ts'
import { createFifo } from './fifo.ts'
import type { SlotQueue } from './slots.ts'
import type { Turn } from './turn.ts'
import type { TurnRegistry } from './turn-registry.ts'
import { waitUnless } from './wait-unless.ts'

export interface LaneOptions {
  readonly ownership: Ownership
  readonly slots: SlotQueue
  readonly turns: TurnRegistry
  readonly clock: Clock
  /** Works on one record to its end; the turn's slot is held when it is called. Never throws or rejects. */
  readonly work: (record: ConsumerRecord, turn: Turn) => MaybePromise<RecordEnd>
  readonly onEnd: (record: ConsumerRecord, end: Exclude<RecordEnd, { readonly kind: 'left' }>) => void
}

/** Records that run one after the other, in offset order. */
export interface Lane {
  /** Which records run in it; `undefined`: one record only. */
  key: string | undefined
  add(record: ConsumerRecord): void
}

/** @param onEmpty there is nothing left to do, and the lane may be forgotten; not called once a record was left: what comes behind it must not overtake */
export function createLane(
  { ownership, slots, turns, clock, work, onEnd }: LaneOptions,
  onEmpty: (lane: Lane) => void,
): Lane {
  const records = createFifo<ConsumerRecord>()
  let isLeft = false
  let holdsSlot = false

  const turn: Turn = {
    ownership,
    async begin() {
      turns.idle(turn)
      if (!holdsSlot) holdsSlot = await new Promise((resolve) => slots.enter(resolve))
      if (ownership.isOver()) turn.rest()
      turns.active(turn)
      return holdsSlot
    },
    rest() {
      if (!holdsSlot) return
      holdsSlot = false
      slots.give()
    },
    wait: (ms) => turn.idleUntil(() => waitUnless(clock, ms, ownership.hurry)),
    async idleUntil(until) {
      turn.rest()
      turns.idle(turn)
      const isTrue = await until()
      turns.active(turn)
      return isTrue && turn.begin()
    },
  }

  function run(admitted: boolean): void {
    const record = records.peek()
    if (record === undefined) return
    holdsSlot = admitted
    const end = admitted && !ownership.isOver() ? work(record, turn) : left
    if (end instanceof Promise) {
      turns.active(turn)
      void end.then((settled) => ended(record, settled))
    } else {
      ended(record, end)
    }
  }

  function ended(record: ConsumerRecord, end: RecordEnd): void {
    turn.rest()
    if (end.kind === 'left') {
      isLeft = true
      turns.ended(turn)
      return
    }
    records.shift()
    onEnd(record, end)
    if (records.size > 0) {
      turns.idle(turn)
      slots.enter(run)
    } else {
      turns.ended(turn)
      onEmpty(lane)
    }
  }

  const lane: Lane = {
    key: undefined,
    add(record) {
      records.push(record)
      if (records.size > 1 || isLeft) return
      slots.enter(run)
      // Most records are finished by now, where handlers return at once.
      if (records.size > 0 && !isLeft) turns.opened(turn)
    },
  }
  return lane
}

const left: RecordEnd = { kind: 'left' }
