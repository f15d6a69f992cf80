import type { ClientModules } from './client-modules.ts'
import { sizeOfVarint, writeVarint } from './varint.ts'

/**
 * Set on a message, it is called when the message is encoded, right before its request is written to the socket. kafkajs replaces the error of
 * a broken connection by that of the reconnection it tries at once, so only this tells whether something may have been sent.
 */
export const onEncoded: unique symbol = Symbol.for('ledgerbus.kafka.on-encoded')

type Bytes = Uint8Array | string | null | undefined

/** A message as kafkajs hands it over. */
export interface RecordToEncode {
  readonly offsetDelta?: number
  readonly timestampDelta?: number
  readonly key?: Bytes
  readonly value: Bytes
  /** Pairs, as we hand them over; an object, as other users of the same kafkajs do. */
  readonly headers?: readonly EncodedHeader[] | Readonly<Record<string, Bytes | readonly Bytes[]>>
  readonly [onEncoded]?: () => void
}

/** What kafkajs takes from the encoder of a record. */
export interface EncodedRecord {
  readonly buf: Buffer
  readonly buffer: Buffer
}

/** A header; names may repeat. */
export interface EncodedHeader {
  readonly key: string
  readonly value: Bytes
}

const attributesBytes = 1
const absent = -1

function toPairs(headers: RecordToEncode['headers'] = {}): readonly EncodedHeader[] {
  if (isPairs(headers)) return headers
  return Object.entries(headers).flatMap(([key, value]): EncodedHeader[] =>
    Array.isArray(value) ? value.map((item: Bytes) => ({ key, value: item })) : [{ key, value: value as Bytes }],
  )
}

function isPairs(headers: object): headers is readonly EncodedHeader[] {
  return Array.isArray(headers)
}

function lengthOf(bytes: Bytes): number {
  if (bytes === null || bytes === undefined) return absent
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength
}

function sizeOf(bytes: Bytes): number {
  const length = lengthOf(bytes)
  return sizeOfVarint(length) + Math.max(length, 0)
}

function write(target: Buffer, bytes: Bytes, at: number): number {
  const length = lengthOf(bytes)
  const place = writeVarint(target, length, at)
  if (bytes === null || bytes === undefined) return place
  if (typeof bytes === 'string') target.write(bytes, place)
  else target.set(bytes, place)
  return place + length
}

/** One record of a batch, in one buffer of the right size: kafkajs takes several for each header, and for each number. */
export function encodeRecord(record: RecordToEncode): EncodedRecord {
  const { offsetDelta = 0, timestampDelta = 0, key, value } = record
  record[onEncoded]?.()
  const pairs = toPairs(record.headers)
  let bodyBytes =
    attributesBytes +
    sizeOfVarint(timestampDelta) +
    sizeOfVarint(offsetDelta) +
    sizeOf(key) +
    sizeOf(value) +
    sizeOfVarint(pairs.length)
  for (const pair of pairs) bodyBytes += sizeOf(pair.key) + sizeOf(pair.value)

  const buffer = Buffer.allocUnsafe(sizeOfVarint(bodyBytes) + bodyBytes)
  let at = writeVarint(buffer, bodyBytes, 0)
  buffer[at] = 0 // attributes: none is in use
  at = writeVarint(buffer, timestampDelta, at + attributesBytes)
  at = writeVarint(buffer, offsetDelta, at)
  at = write(buffer, key, at)
  at = write(buffer, value, at)
  at = writeVarint(buffer, pairs.length, at)
  for (const pair of pairs) {
    at = write(buffer, pair.key, at)
    at = write(buffer, pair.value, at)
  }
  return { buf: buffer, buffer }
}

/**
 * kafkajs measures a header's value before it looks whether there is one: a null value, legal in Kafka, is a TypeError. It also takes an
 * object only, which has no place for the order of names or for one that returns later. This encoder takes both and pairs.
 */
export function patchRecordEncoder(modules: ClientModules): void {
  modules.replace('src/protocol/recordBatch/record/v0/index', encodeRecord, ['src/protocol/requests/produce/v'])
}
