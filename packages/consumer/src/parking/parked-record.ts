import { type ConsumerRecord, headerText } from '@ledgerbus/core'
import { deadLetterHeaders } from '../dead-letter/dead-letter-headers.ts'
import { parkedKeyOf } from '../lanes/lane-key.ts'
import { hopHeaders } from '../retry-topics/hop-headers.ts'
import type { ParkedRecord } from './parked-keys.ts'

/** What a record on the parking topic is. */
export type OnParkingTopic =
  | { readonly kind: 'record'; readonly parked: ParkedRecord }
  /** Says that the record and those behind it, up to here, are not to be handled. */
  | { readonly kind: 'mark'; readonly dead: ParkedRecord }
  /** It does not belong to a parked key: somebody else wrote it, or its order was given up before. */
  | { readonly kind: 'stranger' }

export function readParked(record: ConsumerRecord): OnParkingTopic {
  const { headers, key, value } = record
  const handler = headerText(headers, deadLetterHeaders.handler)
  if (handler === undefined) return stranger
  const dead = offsetOf(headerText(headers, hopHeaders.parkedDead)?.split('/').at(-1))
  if (dead !== undefined && value === null)
    return { kind: 'mark', dead: { key: parkedKeyOf(handler, key), origin: dead } }
  const offset = offsetOf(headerText(headers, hopHeaders.parkedOffset))
  return offset === undefined
    ? stranger
    : { kind: 'record', parked: { key: parkedKeyOf(handler, key), origin: offset } }
}

const stranger: OnParkingTopic = { kind: 'stranger' }

function offsetOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined
}
