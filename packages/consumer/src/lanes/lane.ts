import type { ConsumerRecord } from '@ledgerbus/core'
import type { HandedOver, MustWait, RecordEnd } from '../pipeline/record-end.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { createFifo } from './fifo.ts'
import { createTurn, type Turn, type TurnOptions } from './turn.ts'

/**
 * Works on one record to its end; the turn's slot is held when it is called. Never throws or rejects.
 *
 * @param behind where records of this lane before it were handed over that are not done; only one that is handed over there too may join them
 */
export type Work = (
  record: ConsumerRecord,
  turn: Turn,
  behind: object | undefined,
) => MaybePromise<RecordEnd> | HandedOver | MustWait

export interface LaneOptions extends TurnOptions {
  readonly work: Work
  readonly onEnd: (record: ConsumerRecord, end: Exclude<RecordEnd, { readonly kind: 'left' }>) => void
}

/** Records that run one after the other, in offset order. */
export interface Lane {
  /** Which records run in it; `undefined`: one record only. */
  key: string | undefined
  add(record: ConsumerRecord): void
}

/** @param onEmpty there is nothing left to do, and the lane may be forgotten; not called once a record was left: what comes behind it must not overtake */
export function createLane(options: LaneOptions, onEmpty: (lane: Lane) => void): Lane {
  const { ownership, slots, turns, work, onEnd } = options
  /** The first is the one at work, unless it was handed over. */
  const records = createFifo<ConsumerRecord>()
  const turn = createTurn(options)
  const handedOver = { to: undefined as object | undefined, records: 0 }
  let isLeft = false
  let waitsForHandedOver = false

  function run(admitted: boolean): void {
    if (admitted) turn.hold()
    const record = records.peek()
    if (isLeft || record === undefined) {
      turn.rest()
      return
    }
    const end = admitted && !ownership.isOver() ? work(record, turn, handedOver.to) : left
    if (end instanceof Promise) {
      // It may wait for its next attempt by now.
      if (!turn.isIdle()) turn.active()
      void end.then((settled) => ended(record, settled))
    } else if (end.kind === 'handed-over') {
      handOver(record, end)
    } else if (end.kind === 'must-wait') {
      turn.rest()
      waitsForHandedOver = true
    } else {
      ended(record, end)
    }
  }

  function ended(record: ConsumerRecord, end: RecordEnd): void {
    turn.idle()
    if (end.kind === 'left') {
      leave()
      return
    }
    records.shift()
    onEnd(record, end)
    goOn()
  }

  function handOver(record: ConsumerRecord, { to, end, turn: own }: HandedOver): void {
    turn.rest()
    records.shift()
    handedOver.to = to
    handedOver.records += 1
    void end.then((settled) => {
      handedOver.records -= 1
      if (handedOver.records === 0) handedOver.to = undefined
      if (settled.kind === 'left') isLeft = true
      else onEnd(record, settled)
      own.end()
      if (handedOver.records > 0) return
      if (isLeft) {
        leave()
      } else if (waitsForHandedOver || records.size === 0) {
        waitsForHandedOver = false
        goOn()
      }
    })
    if (records.size > 0) slots.enter(run)
  }

  function leave(): void {
    isLeft = true
    if (handedOver.records === 0) turns.ended(turn)
  }

  function goOn(): void {
    if (records.size > 0) {
      slots.enter(run)
    } else if (handedOver.records === 0) {
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
      if (!isLeft && (records.size > 0 || handedOver.records > 0)) turns.opened(turn)
    },
  }
  return lane
}

const left: RecordEnd = { kind: 'left' }
