import type { ClientModules } from './client-modules.ts'
import type { HeaderPair } from './header-pairs.ts'

/**
 * Set on a message, it is called when the message is encoded, right before its request is written to the socket. kafkajs replaces the error of
 * a broken connection by that of the reconnection it tries at once, so only this tells whether something may have been sent.
 */
export const onEncoded: unique symbol = Symbol.for('ledgerbus.kafka.on-encoded')

type HeaderValue = Buffer | string | null | undefined

interface EncodedRecord {
  readonly offsetDelta?: number
  readonly timestampDelta?: number
  readonly key?: Buffer | string | null
  readonly value: Buffer | string | null
  /** Pairs, as we hand them over; an object, as other users of the same kafkajs do. */
  readonly headers?: readonly HeaderPair[] | Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>
  readonly [onEncoded]?: () => void
}

interface Encoder {
  writeInt8(value: number): Encoder
  writeVarInt(value: number): Encoder
  writeVarLong(value: number): Encoder
  writeVarIntBytes(value: unknown): Encoder
  writeVarIntArray(items: readonly unknown[]): Encoder
}

interface EncoderClass {
  new (): Encoder
  sizeOfVarInt(value: number): number
  sizeOfVarLong(value: number): number
  sizeOfVarIntBytes(value: unknown): number
}

type Pair = { readonly key: string; readonly value: HeaderValue }

function toPairs(headers: EncodedRecord['headers'] = {}): readonly Pair[] {
  if (isPairs(headers)) return headers
  return Object.entries(headers).flatMap(([key, value]): Pair[] =>
    Array.isArray(value)
      ? value.map((item: HeaderValue) => ({ key, value: item }))
      : [{ key, value: value as HeaderValue }],
  )
}

function isPairs(headers: object): headers is readonly HeaderPair[] {
  return Array.isArray(headers)
}

/**
 * kafkajs measures a header's value before it looks whether there is one: a null value, legal in Kafka, is a TypeError. It also takes an
 * object only, which has no place for the order of names or for one that returns later. This encoder takes both and pairs.
 */
export function patchRecordEncoder(modules: ClientModules): void {
  const Encoder = modules.load('src/protocol/encoder') as EncoderClass
  const encodeHeader = modules.load('src/protocol/recordBatch/header/v0') as (pair: Pair) => Encoder

  function sizeOfHeaders(pairs: readonly Pair[]): number {
    let size = Encoder.sizeOfVarInt(pairs.length)
    for (const { key, value } of pairs) {
      const nameBytes = Buffer.byteLength(key)
      size += Encoder.sizeOfVarInt(nameBytes) + nameBytes + Encoder.sizeOfVarIntBytes(value)
    }
    return size
  }

  function encodeRecord(record: EncodedRecord): Encoder {
    const { offsetDelta = 0, timestampDelta = 0, key, value, headers } = record
    record[onEncoded]?.()
    const pairs = toPairs(headers)
    const attributesBytes = 1
    const size =
      attributesBytes +
      Encoder.sizeOfVarLong(timestampDelta) +
      Encoder.sizeOfVarInt(offsetDelta) +
      Encoder.sizeOfVarIntBytes(key) +
      Encoder.sizeOfVarIntBytes(value) +
      sizeOfHeaders(pairs)
    return new Encoder()
      .writeVarInt(size)
      .writeInt8(0)
      .writeVarLong(timestampDelta)
      .writeVarInt(offsetDelta)
      .writeVarIntBytes(key)
      .writeVarIntBytes(value)
      .writeVarIntArray(pairs.map(encodeHeader))
  }

  modules.replace('src/protocol/recordBatch/record/v0/index', encodeRecord, ['src/protocol/requests/produce/v'])
}
