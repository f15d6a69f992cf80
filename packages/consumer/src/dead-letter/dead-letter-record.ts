import {
  type ConsumerRecord,
  headerText,
  type ProducerRecord,
  type RecordHeader,
  textHeader,
  timestampOf,
} from '@ledgerbus/core'
import type { Failure } from '../pipeline/record-end.ts'
import { deadLetterHeaders, firstFailureHeaders } from './dead-letter-headers.ts'
import type { ErrorFacts } from './error-facts.ts'

/** How much is said of the error. `short` is for a record that is too large with all of it. */
export type DeadLetterDetail = 'full' | 'without-stack' | 'short'

export interface DeadLetterFacts {
  readonly groupId: string
  readonly failure: Failure
  readonly error: ErrorFacts
  /** Milliseconds since 1970. */
  readonly nowMs: number
  readonly detail: DeadLetterDetail
}

const messageBytes = 1_024
const shortMessageBytes = 128
const stackBytes = 8_192

/**
 * The record as it is set aside: key, value and headers as they were read, byte for byte, and our facts in `lb-` headers, at most 12 KiB of them.
 * Its timestamp is that of the hop, since retention goes by it; the original stands in `lb-origin-timestamp`.
 */
export function toDeadLetter(record: ConsumerRecord, facts: DeadLetterFacts): ProducerRecord {
  const added = [...firstFailure(record, facts), ...lastFailure(facts)]
  const own: ReadonlySet<string> = new Set(Object.values(deadLetterHeaders))
  return {
    key: record.key,
    value: record.value,
    // Facts of an earlier failure are replaced, so that no name of ours stands twice.
    headers: [...record.headers.filter(({ name }) => !own.has(name)), ...added],
    timestampMs: BigInt(Math.trunc(facts.nowMs)),
  }
}

function firstFailure(record: ConsumerRecord, { groupId, nowMs }: DeadLetterFacts): RecordHeader[] {
  const isRedriven =
    headerText(record.headers, deadLetterHeaders.originGroup) === groupId &&
    firstFailureHeaders.every((name) => headerText(record.headers, name) !== undefined)
  if (isRedriven) {
    return firstFailureHeaders.map((name) => textHeader(name, headerText(record.headers, name) ?? ''))
  }
  return [
    textHeader(deadLetterHeaders.schema, '1'),
    textHeader(deadLetterHeaders.firstFailedAt, timestampOf(nowMs)),
    textHeader(deadLetterHeaders.originTopic, record.topic),
    textHeader(deadLetterHeaders.originPartition, String(record.partition)),
    textHeader(deadLetterHeaders.originOffset, String(record.offset)),
    textHeader(deadLetterHeaders.originTimestamp, String(record.timestampMs)),
    textHeader(deadLetterHeaders.originGroup, groupId),
  ]
}

function lastFailure({ failure, error, nowMs, detail }: DeadLetterFacts): RecordHeader[] {
  const message = cutText(error.message, detail === 'short' ? shortMessageBytes : messageBytes)
  const stack = detail === 'full' && error.stack !== undefined ? cutText(error.stack, stackBytes) : undefined
  return [
    textHeader(deadLetterHeaders.lastFailedAt, timestampOf(nowMs)),
    textHeader(deadLetterHeaders.attempts, String(failure.attempts)),
    ...(failure.handlerName === '' ? [] : [textHeader(deadLetterHeaders.handler, failure.handlerName)]),
    textHeader(deadLetterHeaders.failedStep, failure.step),
    textHeader(deadLetterHeaders.failedReason, failure.reason),
    textHeader(deadLetterHeaders.errorClass, error.errorClass),
    ...(error.code === undefined ? [] : [textHeader(deadLetterHeaders.errorCode, error.code)]),
    textHeader(deadLetterHeaders.errorMessage, message),
    ...(stack === undefined ? [] : [textHeader(deadLetterHeaders.errorStack, stack)]),
    textHeader(deadLetterHeaders.errorFingerprint, error.fingerprint),
  ]
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** At most `bytes` of UTF-8, never ending within a character. */
function cutText(text: string, bytes: number): string {
  const whole = encoder.encode(text)
  if (whole.byteLength <= bytes) return text
  let end = bytes
  // Continuation bytes are 10xxxxxx: a cut before one would halve a character.
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return decoder.decode(whole.subarray(0, end))
}
