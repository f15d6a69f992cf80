import { type ConsumerRecord, canonicalTimestamp } from '@ledgerbus/core'
import { deadLetterHeaders } from '../../dead-letter/dead-letter-headers.ts'
import { fingerprintOf } from '../../dead-letter/error-facts.ts'
import { redriveHeaders } from '../redrive-headers.ts'
import type { DeadLetter, DeadLetterError, DeadLetterOrigin } from './dead-letter.ts'
import { type DialectHeaders, dialects } from './dialects.ts'
import { type HeaderFields, headerFields } from './header-fields.ts'

/** What counts where the headers of a dead letter are silent. */
export interface OriginHints {
  /** The topic the records came from. */
  readonly topic?: string
  /** The group that failed. */
  readonly group?: string
}

/** The way a record was set aside; `undefined` when its headers do not show any. */
function dialectOf(fields: HeaderFields): DialectHeaders | undefined {
  return dialects.find(({ marks }) => marks.some((mark) => fields.has(mark)))
}

/**
 * Reads a record of a dead-letter queue: ours, or one of Spring Kafka, Kafka Streams, Kafka Connect, Wolverine or of those who write `original-*` or
 * `x-original-*` headers. Never throws: what the headers do not say is absent.
 */
export function readDeadLetter(record: ConsumerRecord, hints: OriginHints = {}): DeadLetter {
  const fields = headerFields(record)
  const headers = dialectOf(fields)
  const handler = fields.text(deadLetterHeaders.handler)
  const reason = fields.text(deadLetterHeaders.failedReason)
  const attempts = headers && integerIn(fields, headers.attempts)
  const redriveId = fields.text(redriveHeaders.id)
  const redriveOf = fields.text(redriveHeaders.of)
  return {
    dialect: headers?.dialect ?? 'unknown',
    origin: originOf(fields, headers, hints),
    ...(handler !== undefined && { handler }),
    step: (headers && textIn(fields, headers.step)) ?? 'unknown',
    ...(reason !== undefined && { reason }),
    error: errorOf(fields, headers),
    ...(attempts !== undefined && { attempts: Number(attempts) }),
    failedAtMs: (headers && timeIn(fields, headers.failedAt)) ?? Number(record.timestampMs),
    redriveCount: redriveCountOf(fields),
    ...(redriveId !== undefined && { redriveId }),
    ...(redriveOf !== undefined && { redriveOf }),
    record,
  }
}

function originOf(fields: HeaderFields, headers: DialectHeaders | undefined, hints: OriginHints): DeadLetterOrigin {
  const topic = (headers && firstTextIn(fields, headers.topic)) ?? hints.topic
  const partition = headers && integerIn(fields, headers.partition)
  const offset = headers && integerIn(fields, headers.offset)
  const timestampMs = headers && integerIn(fields, headers.timestamp)
  const group = (headers && firstTextIn(fields, headers.group)) ?? hints.group
  return {
    ...(topic !== undefined && { topic }),
    ...(partition !== undefined && partition <= maxPartition && { partition: Number(partition) }),
    ...(offset !== undefined && { offset }),
    ...(timestampMs !== undefined && { timestampMs }),
    ...(group !== undefined && { group }),
  }
}

const maxPartition = 2_147_483_647n

function errorOf(fields: HeaderFields, headers: DialectHeaders | undefined): DeadLetterError {
  const errorClass = headers && textIn(fields, headers.errorClass)
  const code = headers && textIn(fields, headers.errorCode)
  const message = headers && textIn(fields, headers.errorMessage)
  const stack = headers && textIn(fields, headers.errorStack)
  const known = headers?.dialect === 'ledgerbus' ? fields.text(deadLetterHeaders.errorFingerprint) : undefined
  return {
    ...(errorClass !== undefined && { class: errorClass }),
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message }),
    ...(stack !== undefined && { stack }),
    fingerprint: known ?? fingerprintOf({ errorClass: errorClass ?? '', message: message ?? '', stack }),
  }
}

function redriveCountOf(fields: HeaderFields): number {
  const count = Number(fields.integer(redriveHeaders.count) ?? 0n)
  return Number.isSafeInteger(count) ? count : 0
}

function textIn(fields: HeaderFields, names: readonly string[]): string | undefined {
  return firstOf(names, (name) => fields.text(name))
}

function firstTextIn(fields: HeaderFields, names: readonly string[]): string | undefined {
  return firstOf(names, (name) => fields.firstText(name))
}

function integerIn(fields: HeaderFields, names: readonly string[]): bigint | undefined {
  return firstOf(names, (name) => fields.integer(name))
}

const lastMoment = 8_640_000_000_000_000

function timeIn(fields: HeaderFields, names: readonly string[]): number | undefined {
  const text = textIn(fields, names)
  if (text === undefined) return undefined
  const ms = /^\d{1,16}$/.test(text) ? Number(text) : Date.parse(canonicalTimestamp(text) ?? '')
  return ms >= 0 && ms <= lastMoment ? ms : undefined
}

function firstOf<Value>(names: readonly string[], read: (name: string) => Value | undefined): Value | undefined {
  for (const name of names) {
    const value = read(name)
    if (value !== undefined) return value
  }
  return undefined
}
