import { type ConsumerRecord, type ProducerRecord, textHeader, timestampOf } from '@ledgerbus/core'
import { deadLetterHeaders } from '../dead-letter/dead-letter-headers.ts'
import { firstFailure, lastFailure, originFacts, withFacts } from '../dead-letter/dead-letter-record.ts'
import type { ErrorFacts } from '../dead-letter/error-facts.ts'
import type { Failure } from '../pipeline/record-end.ts'
import { hopHeaders } from './hop-headers.ts'

/** A failed attempt after which the record moves to another topic. */
export interface HopFacts {
  readonly groupId: string
  readonly handlerName: string
  readonly step: Failure['step']
  /** Calls of the handler so far. */
  readonly attempts: number
  readonly error: ErrorFacts
  /** Milliseconds since 1970. */
  readonly nowMs: number
  readonly dueAtMs: number
  /** Of a record that parks its key: where it stands. */
  readonly parkedOffset?: bigint
}

/** The record as it stands on a retry topic: for one handler, not before it is due. Key, value and the headers of others as they were read. */
export function toHop(record: ConsumerRecord, facts: HopFacts): ProducerRecord {
  const { groupId, nowMs, dueAtMs, parkedOffset } = facts
  return withFacts(record, nowMs, [
    ...firstFailure(record, groupId, nowMs),
    ...lastFailure({ ...facts, detail: 'without-stack' }),
    textHeader(hopHeaders.dueAt, timestampOf(dueAtMs)),
    ...(parkedOffset === undefined ? [] : [textHeader(hopHeaders.parkedOffset, String(parkedOffset))]),
  ])
}

/** A record that was not handled yet, as it waits behind another of its key. @param behind coordinates of the head, `<topic>/<partition>/<offset>` */
export function toFollower(
  record: ConsumerRecord,
  facts: { readonly groupId: string; readonly handlerName: string; readonly nowMs: number; readonly behind: string },
): ProducerRecord {
  return withFacts(record, facts.nowMs, [
    ...originFacts(record, facts.groupId),
    textHeader(deadLetterHeaders.handler, facts.handlerName),
    textHeader(hopHeaders.parkedBehind, facts.behind),
    textHeader(hopHeaders.parkedOffset, String(record.offset)),
  ])
}

/** Says on the parking topic that what stands before it behind the record is not to be handled: the record died, and its policy holds those behind it. */
export function toHeadDeadMark(
  head: ConsumerRecord,
  facts: { readonly groupId: string; readonly handlerName: string; readonly nowMs: number; readonly dead: string },
): ProducerRecord {
  return {
    key: head.key,
    value: null,
    headers: [textHeader(deadLetterHeaders.handler, facts.handlerName), textHeader(hopHeaders.parkedDead, facts.dead)],
    timestampMs: BigInt(Math.trunc(facts.nowMs)),
  }
}
