import {
  type ConsumerRecord,
  headerText,
  type ProducerRecord,
  type RecordHeader,
  textHeader,
  timestampOf,
} from '@ledgerbus/core'
import type { Failure } from '../pipeline/record-end.ts'
import { hopHeaders } from '../retry-topics/hop-headers.ts'
import { deadLetterHeaders, originHeaders } from './dead-letter-headers.ts'
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
  const { failure, error, nowMs, detail, groupId } = facts
  return withFacts(record, nowMs, [
    textHeader(deadLetterHeaders.schema, '1'),
    ...firstFailure(record, groupId, nowMs),
    ...lastFailure({ ...failure, error, nowMs, detail }),
    textHeader(deadLetterHeaders.failedReason, failure.reason),
  ])
}

/** A record for a topic of the group. Facts of an earlier failure are replaced, so that no name of ours stands twice. */
export function withFacts(record: ConsumerRecord, nowMs: number, facts: readonly RecordHeader[]): ProducerRecord {
  return {
    key: record.key,
    value: record.value,
    headers: [...record.headers.filter(({ name }) => !ownHeaders.has(name)), ...facts],
    timestampMs: BigInt(Math.trunc(nowMs)),
  }
}

const ownHeaders: ReadonlySet<string> = new Set([...Object.values(deadLetterHeaders), ...Object.values(hopHeaders)])

/** When the record failed first, and where it stood first: also after it came by other topics of the group, and failed again. */
export function firstFailure(record: ConsumerRecord, groupId: string, nowMs: number): readonly RecordHeader[] {
  const isKnown = originOf(record, groupId) !== undefined
  const failedAt = isKnown ? headerText(record.headers, deadLetterHeaders.firstFailedAt) : undefined
  return [textHeader(deadLetterHeaders.firstFailedAt, failedAt ?? timestampOf(nowMs)), ...originFacts(record, groupId)]
}

/** Where the record stood first. */
export function originFacts(record: ConsumerRecord, groupId: string): readonly RecordHeader[] {
  if (originOf(record, groupId) !== undefined) {
    return originHeaders.map((name) => textHeader(name, headerText(record.headers, name) ?? ''))
  }
  return [
    textHeader(deadLetterHeaders.originTopic, record.topic),
    textHeader(deadLetterHeaders.originPartition, String(record.partition)),
    textHeader(deadLetterHeaders.originOffset, String(record.offset)),
    textHeader(deadLetterHeaders.originTimestamp, String(record.timestampMs)),
    textHeader(deadLetterHeaders.originGroup, groupId),
  ]
}

/** Where a record stood before it came to a topic of the group; `undefined`: it stands there still, or came from somebody else. */
function originOf(
  { headers }: ConsumerRecord,
  groupId: string,
): { readonly topic: string; readonly partition: number; readonly offset: bigint } | undefined {
  if (headerText(headers, deadLetterHeaders.originGroup) !== groupId) return undefined
  const [topic, partition, offset, timestamp] = originHeaders.map((name) => headerText(headers, name))
  if (topic === undefined || !isWhole(partition) || !isWhole(offset) || timestamp === undefined) return undefined
  return { topic, partition: Number(partition), offset: BigInt(offset) }
}

function isWhole(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,19}$/.test(text)
}

/** What is said of a failed attempt. */
export interface LastFailure {
  readonly step: Failure['step']
  readonly handlerName: string
  readonly attempts: number
  readonly error: ErrorFacts
  readonly nowMs: number
  readonly detail: DeadLetterDetail
}

export function lastFailure(failure: LastFailure): readonly RecordHeader[] {
  const { step, handlerName, attempts, error, nowMs, detail } = failure
  const message = cutText(error.message, detail === 'short' ? shortMessageBytes : messageBytes)
  const stack = detail === 'full' && error.stack !== undefined ? cutText(error.stack, stackBytes) : undefined
  return [
    textHeader(deadLetterHeaders.lastFailedAt, timestampOf(nowMs)),
    textHeader(deadLetterHeaders.attempts, String(attempts)),
    ...(handlerName === '' ? [] : [textHeader(deadLetterHeaders.handler, handlerName)]),
    textHeader(deadLetterHeaders.failedStep, step),
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
