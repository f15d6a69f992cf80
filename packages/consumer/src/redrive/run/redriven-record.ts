import { type ConsumerRecord, type ProducerRecord, type RecordHeader, textHeader, timestampOf } from '@ledgerbus/core'
import { deadLetterHeaders, originHeaders } from '../../dead-letter/dead-letter-headers.ts'
import { hopHeaders } from '../../retry-topics/hop-headers.ts'
import type { DeadLetter } from '../letter/dead-letter.ts'
import { dialects, isAddedBy } from '../letter/dialects.ts'
import type { RedriveDestination, RedrivePlan } from '../plan/redrive-plan.ts'
import { redriveHeaders } from '../redrive-headers.ts'

export interface RedrivenRecordFacts {
  readonly plan: Pick<RedrivePlan, 'redriveId' | 'again'>
  readonly kind: RedriveDestination['kind']
  readonly nowMs: number
}

/** What a record keeps of its first failure, however often it fails. */
const firstFailureHeaders: readonly string[] = [
  deadLetterHeaders.schema,
  deadLetterHeaders.firstFailedAt,
  ...originHeaders,
]

/** What a redriven record bears anew, or not at all: it begins its attempts from the first. */
const lastFailure: ReadonlySet<string> = new Set([
  ...Object.values(deadLetterHeaders).filter((name) => !firstFailureHeaders.includes(name)),
  ...Object.values(redriveHeaders),
  ...Object.values(hopHeaders),
])

/**
 * The record that failed, byte for byte, with where it came from and which redrive this is. What was said of its last failure is gone, and so are the
 * headers that others added when they set it aside. Its timestamp is that of the redrive, since retention goes by it.
 */
export function toRedrivenRecord(letter: DeadLetter, { plan, kind, nowMs }: RedrivenRecordFacts): ProducerRecord {
  const { record, handler, redriveCount } = letter
  return {
    key: record.key,
    value: record.value,
    headers: [
      ...ownHeaders(letter),
      ...firstFailure(letter),
      // Elsewhere than in the group's own topic a handler's name means nothing.
      ...(kind === 'group' && handler !== undefined ? [textHeader(deadLetterHeaders.handler, handler)] : []),
      textHeader(redriveHeaders.id, plan.redriveId),
      textHeader(redriveHeaders.count, String(redriveCount + 1)),
      textHeader(redriveHeaders.of, `${record.topic}/${record.partition}/${record.offset}`),
      ...(plan.again ? [textHeader(redriveHeaders.again, 'true')] : []),
    ],
    timestampMs: BigInt(Math.trunc(nowMs)),
  }
}

/** A dead letter as it is parked: as it is, but for the time. */
export function toParkedLetter({ key, value, headers }: ConsumerRecord, nowMs: number): ProducerRecord {
  return { key, value, headers, timestampMs: BigInt(Math.trunc(nowMs)) }
}

function ownHeaders({ dialect, record }: DeadLetter): RecordHeader[] {
  const known = dialects.find((each) => each.dialect === dialect)
  const isFirstFailure = (name: string): boolean => firstFailureHeaders.includes(name)
  return record.headers.filter(
    ({ name }) => !lastFailure.has(name) && !isFirstFailure(name) && (known === undefined || !isAddedBy(known, name)),
  )
}

/** Where another's headers are silent the dead letter's own place stands in: copies and successors are told by it. */
function firstFailure({ origin, failedAtMs, record }: DeadLetter): RecordHeader[] {
  const firstFailedAt = record.headers.find(({ name }) => name === deadLetterHeaders.firstFailedAt)
  return [
    textHeader(deadLetterHeaders.schema, '1'),
    firstFailedAt ?? textHeader(deadLetterHeaders.firstFailedAt, timestampOf(failedAtMs)),
    textHeader(deadLetterHeaders.originTopic, origin.topic ?? record.topic),
    textHeader(deadLetterHeaders.originPartition, String(origin.partition ?? record.partition)),
    textHeader(deadLetterHeaders.originOffset, String(origin.offset ?? record.offset)),
    textHeader(deadLetterHeaders.originTimestamp, String(origin.timestampMs ?? record.timestampMs)),
    ...(origin.group === undefined ? [] : [textHeader(deadLetterHeaders.originGroup, origin.group)]),
  ]
}
