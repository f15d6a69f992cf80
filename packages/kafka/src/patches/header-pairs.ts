import type { ClientModules } from './client-modules.ts'

/** A header as it stands in the record; names may repeat. */
export interface HeaderPair {
  readonly key: string
  readonly value: Buffer | null
}

/** Where a decoded record keeps its headers in their order. */
export const headerPairs: unique symbol = Symbol.for('ledgerbus.kafka.header-pairs')

type HeaderValue = Buffer | null

interface Decoder {
  readInt8(): number
  readVarInt(): number
  readVarLong(): { toString(): string }
  readVarIntBytes(): Buffer | null
  readVarIntArray<Item>(read: (decoder: Decoder) => Item): Item[]
}

interface BatchContext {
  readonly firstOffset: string
  readonly firstTimestamp: string
  readonly magicByte: number
  readonly isControlBatch?: boolean
  readonly timestampType: number
  readonly maxTimestamp: string
}

/** What kafkajs makes of headers, an object that loses their order and joins repeated names; but in one pass. */
function toHeadersObject(pairs: readonly HeaderPair[]): Record<string, HeaderValue | HeaderValue[]> {
  const headers = new Map<string, HeaderValue | HeaderValue[]>()
  for (const { key, value } of pairs) {
    const present = headers.get(key)
    if (present === undefined) headers.set(key, value)
    else if (Array.isArray(present)) present.push(value)
    else headers.set(key, [present, value])
  }
  // Not by assignment: a header may be called __proto__.
  return Object.fromEntries(headers)
}

/**
 * kafkajs decodes headers into an object: repeated names become arrays, names like numbers come first, and each header copies all before
 * it, so that one record of 10,000 headers blocks the loop for 16 seconds and ends the session of a consumer. This decoder keeps the
 * pairs; the object is made when somebody asks for it, so that other users of the same kafkajs see what they always saw.
 */
export function patchHeaderPairs(modules: ClientModules): void {
  const decodeHeader = modules.load('src/protocol/recordBatch/header/v0/decoder') as (decoder: Decoder) => HeaderPair
  const { LOG_APPEND_TIME } = modules.load('src/protocol/timestampTypes') as { readonly LOG_APPEND_TIME: number }

  function decodeRecord(decoder: Decoder, batchContext: BatchContext): object {
    const { firstOffset, firstTimestamp, magicByte, isControlBatch = false, timestampType, maxTimestamp } = batchContext
    const attributes = decoder.readInt8()
    const timestampDelta = BigInt(decoder.readVarLong().toString())
    const isBrokerTime = timestampType === LOG_APPEND_TIME && maxTimestamp !== ''
    const timestamp = isBrokerTime ? maxTimestamp : (BigInt(firstTimestamp) + timestampDelta).toString()
    const offset = (BigInt(firstOffset) + BigInt(decoder.readVarInt())).toString()
    const key = decoder.readVarIntBytes()
    const value = decoder.readVarIntBytes()
    const pairs = decoder.readVarIntArray(decodeHeader)
    return {
      magicByte,
      attributes,
      timestamp,
      offset,
      key,
      value,
      get headers() {
        return toHeadersObject(pairs)
      },
      [headerPairs]: pairs,
      isControlRecord: isControlBatch,
      batchContext,
    }
  }

  modules.replace('src/protocol/recordBatch/record/v0/decoder', decodeRecord, [
    'src/protocol/recordBatch/v0/decoder',
    'src/protocol/requests/fetch/v',
  ])
}
