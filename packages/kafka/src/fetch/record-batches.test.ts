import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { gunzip, gzipSync } from 'node:zlib'
import type { ConsumerRecord } from '@ledgerbus/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeRecord } from '../patches/record-encoder.ts'
import { type AbortedTransaction, type ClientDecoding, type OldMessage, readRecordBatches } from './record-batches.ts'

const place = { cluster: 'c', topic: 'orders', partition: 3 }

const client: ClientDecoding = {
  decompressor: (attributes) => ((attributes & 0x07) === 1 ? promisify(gunzip) : undefined),
  oldMessages: () => Promise.reject(new Error('there are none')),
}

interface RecordSpec {
  readonly offsetDelta: number
  readonly timestampDelta?: number
  readonly key?: Buffer | null
  readonly value?: Buffer | null
  readonly headers?: readonly { readonly key: string; readonly value: Buffer | null }[]
}

interface BatchSpec {
  readonly baseOffset: bigint
  readonly lastOffsetDelta: number
  readonly records: readonly RecordSpec[]
  readonly attributes?: number
  readonly baseTimestampMs?: bigint
  readonly maxTimestampMs?: bigint
  readonly producerId?: bigint
}

const gzipped = 0x01
const logAppendTime = 0x08
const transactional = 0x10
const control = 0x20

function aBatch(spec: BatchSpec): Buffer {
  const { attributes = 0, baseTimestampMs = 1_700_000_000_000n, maxTimestampMs = 0n, producerId = -1n } = spec
  const plain = Buffer.concat(spec.records.map((record) => encodeRecord({ value: null, ...record }).buffer))
  const body = (attributes & 0x07) === gzipped ? gzipSync(plain) : plain
  const head = Buffer.alloc(61)
  head.writeBigInt64BE(spec.baseOffset, 0)
  head.writeInt32BE(49 + body.length, 8)
  head.writeInt32BE(7, 12) // leader epoch
  head.writeInt8(2, 16)
  head.writeInt16BE(attributes, 21)
  head.writeInt32BE(spec.lastOffsetDelta, 23)
  head.writeBigInt64BE(baseTimestampMs, 27)
  head.writeBigInt64BE(maxTimestampMs, 35)
  head.writeBigInt64BE(producerId, 43)
  head.writeInt16BE(0, 51)
  head.writeInt32BE(0, 53)
  head.writeInt32BE(spec.records.length, 57)
  return Buffer.concat([head, body])
}

/** A batch of records at these offsets. */
function plainBatch(offsets: readonly number[], spec: Partial<BatchSpec> = {}): Buffer {
  const base = offsets[0] ?? 0
  return aBatch({
    baseOffset: BigInt(base),
    lastOffsetDelta: (offsets.at(-1) ?? base) - base,
    records: offsets.map((offset) => ({ offsetDelta: offset - base, value: Buffer.from(`v${offset}`) })),
    ...spec,
  })
}

/** Ends a transaction of a producer. */
function marker(offset: number, type: 'commit' | 'abort', producerId: bigint): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1])
  const records = [{ offsetDelta: 0, key, value: Buffer.alloc(6) }]
  const attributes = control | transactional
  return aBatch({ baseOffset: BigInt(offset), lastOffsetDelta: 0, records, attributes, producerId })
}

async function read(set: Buffer, fetchOffset = 0n, aborted: readonly AbortedTransaction[] = []) {
  const { records, lastOffset } = await readRecordBatches(set, place, fetchOffset, aborted, client)
  return { offsets: records.map(({ offset }) => Number(offset)), lastOffset, records }
}

describe('record batches', () => {
  it('are read as kafkajs reads them, but for headers, which it changes', async () => {
    const require = createRequire(import.meta.url)
    const ClientDecoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object
    const decodeClientBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder.js') as (
      decoder: object,
    ) => Promise<{ readonly records: readonly Readonly<Record<'offset' | 'timestamp' | 'key' | 'value', unknown>>[] }>
    const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)))
    const record = fc.record({
      offsetDelta: fc.nat({ max: 2 ** 31 - 1 }),
      timestampDelta: fc.integer({ min: -(2 ** 41), max: 2 ** 41 }),
      key: bytes,
      value: bytes,
      headers: fc.array(fc.record({ key: fc.string({ maxLength: 5 }), value: bytes }), { maxLength: 3 }),
    })
    const batch = fc.record({
      baseOffset: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      baseTimestampMs: fc.bigInt({ min: 0n, max: 2n ** 50n }),
      maxTimestampMs: fc.bigInt({ min: 0n, max: 2n ** 50n }),
      records: fc.array(record, { minLength: 1, maxLength: 5 }),
      lastOffsetDelta: fc.constant(2 ** 31 - 1),
      attributes: fc.constantFrom(0, logAppendTime, gzipped, gzipped | logAppendTime),
    })
    await fc.assert(
      fc.asyncProperty(batch, async (spec) => {
        const set = aBatch(spec)
        const { records } = await read(set)
        const expected = await decodeClientBatch(new ClientDecoder(set))

        expect(
          records.map(({ offset, timestampMs, key, value }) => ({
            offset: String(offset),
            timestamp: String(timestampMs),
            key: key && Buffer.from(key),
            value: value && Buffer.from(value),
          })),
        ).toEqual(expected.records.map(({ offset, timestamp, key, value }) => ({ offset, timestamp, key, value })))
        expect(
          records.map(({ headers }) =>
            headers.map(({ name, value }) => ({ key: name, value: value && Buffer.from(value) })),
          ),
        ).toEqual(spec.records.map(({ headers }) => headers))
      }),
    )
  })

  it('hold plain bytes, which share the memory of the answer', async () => {
    const set = plainBatch([5])
    const [record] = (await read(set)).records as [ConsumerRecord]

    expect(Object.getPrototypeOf(record.value)).toBe(Uint8Array.prototype)
    expect(record.value?.buffer).toBe(set.buffer)
  })

  it('begin where the fetch began, although a batch is stored as a whole', async () => {
    expect(await read(plainBatch([10, 11, 12, 15]), 12n)).toMatchObject({ offsets: [12, 15], lastOffset: 15n })
  })

  it('settle the offsets that compaction emptied, also those of a batch with nothing left', async () => {
    const compacted = plainBatch([10, 12], { lastOffsetDelta: 6 })
    const empty = aBatch({ baseOffset: 17n, lastOffsetDelta: 3, records: [] })

    expect(await read(Buffer.concat([compacted, empty]))).toMatchObject({ offsets: [10, 12], lastOffset: 20n })
    expect(await read(empty, 17n)).toMatchObject({ offsets: [], lastOffset: 20n })
  })

  it('leave one that the answer cuts off for the next fetch', async () => {
    const whole = plainBatch([1, 2])
    const next = plainBatch([3, 4])
    for (let length = 0; length < next.length; length += 1) {
      const set = Buffer.concat([whole, next.subarray(0, length)])
      expect(await read(set)).toMatchObject({ offsets: [1, 2], lastOffset: 2n })
    }
    expect(await read(Buffer.alloc(0))).toMatchObject({ offsets: [], lastOffset: undefined })
  })

  it('hide control records, and what belongs to an aborted transaction', async () => {
    const set = Buffer.concat([
      plainBatch([0, 1], { attributes: transactional, producerId: 7n }),
      plainBatch([2], { producerId: 9n }),
      plainBatch([3], { attributes: transactional, producerId: 8n }),
      marker(4, 'abort', 7n),
      plainBatch([5], { attributes: transactional, producerId: 7n }),
      marker(6, 'commit', 7n),
      marker(7, 'commit', 8n),
    ])

    expect(await read(set, 0n, [{ producerId: 7n, firstOffset: 0n }])).toMatchObject({
      offsets: [2, 3, 5],
      lastOffset: 7n,
    })
  })

  it('hide a record of an aborted transaction also behind one whose key looks like an abort', async () => {
    const key = Buffer.alloc(4)
    const inTransaction = { attributes: transactional, producerId: 7n }
    const set = Buffer.concat([
      aBatch({ baseOffset: 0n, lastOffsetDelta: 0, records: [{ offsetDelta: 0, key }], ...inTransaction }),
      plainBatch([1], inTransaction),
      marker(2, 'abort', 7n),
    ])

    expect(await read(set, 0n, [{ producerId: 7n, firstOffset: 0n }])).toMatchObject({ offsets: [], lastOffset: 2n })
  })

  it('show of many transactions exactly what was committed, wherever the fetch begins', async () => {
    const step = fc.record({
      producer: fc.integer({ min: 1, max: 3 }),
      records: fc.nat({ max: 3 }),
      ends: fc.boolean(),
      aborts: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat({ max: 60 }), async (steps, fetchFrom) => {
        const batches: { readonly first: number; readonly last: number; readonly bytes: Buffer }[] = []
        const open = new Map<number, { readonly first: number; readonly offsets: number[] }>()
        const aborted: (AbortedTransaction & { readonly last: number })[] = []
        const committed: number[] = []
        let offset = 0
        const add = (bytes: Buffer, count: number) => {
          batches.push({ first: offset, last: offset + count - 1, bytes })
          offset += count
        }
        const end = (producer: number, aborts: boolean) => {
          const transaction = open.get(producer)
          if (transaction === undefined) return
          open.delete(producer)
          if (aborts)
            aborted.push({ producerId: BigInt(producer), firstOffset: BigInt(transaction.first), last: offset })
          else committed.push(...transaction.offsets)
          add(marker(offset, aborts ? 'abort' : 'commit', BigInt(producer)), 1)
        }
        for (const { producer, records, ends, aborts } of steps) {
          const offsets = Array.from({ length: records }, (_, index) => offset + index)
          if (records > 0) {
            const transaction = open.get(producer) ?? { first: offset, offsets: [] }
            open.set(producer, transaction)
            transaction.offsets.push(...offsets)
            add(plainBatch(offsets, { attributes: transactional, producerId: BigInt(producer) }), records)
          }
          if (ends) end(producer, aborts)
        }
        for (const producer of [1, 2, 3]) end(producer, true)
        // As a broker answers: from the batch that holds the offset, with the transactions that reach into the answer.
        const answered = batches.filter(({ last }) => last >= fetchFrom)
        const first = answered[0]?.first ?? offset
        const named = aborted.filter(({ last }) => last >= first)
        const set = Buffer.concat(answered.map(({ bytes }) => bytes))

        const { offsets } = await read(set, BigInt(fetchFrom), named)
        expect(offsets).toEqual(committed.filter((each) => each >= fetchFrom).toSorted((left, right) => left - right))
      }),
      { numRuns: 500 },
    )
  })

  it('are refused where what is stored is no record, and never read beyond their end', async () => {
    const set = plainBatch([0, 1, 2])
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 61, max: set.length - 1 }), fc.nat({ max: 255 }), async (at, byte) => {
        const changed = Buffer.from(set)
        changed[at] = byte
        try {
          const { records } = await read(changed)
          // Bytes of keys, values and numbers may be anything.
          for (const { value } of records) expect(value?.length ?? 0).toBeLessThan(set.length)
        } catch (error) {
          expect(error).toMatchObject({ code: 'BROKER_RECORD_DAMAGED', topic: 'orders', partition: 3, retriable: true })
        }
      }),
      { numRuns: 1_000 },
    )
    const length = Buffer.from(set)
    length.writeInt32BE(10, 8)
    await expect(read(length)).rejects.toMatchObject({ code: 'BROKER_RECORD_DAMAGED' })
  })

  it('may have been written before Kafka 0.11', async () => {
    const messages: OldMessage[] = [
      { offset: '4', timestamp: '5', key: Buffer.from('k'), value: null },
      { offset: '5', key: null, value: Buffer.from('v') },
    ]
    const old = { ...client, oldMessages: async () => messages }
    const set = Buffer.alloc(100)
    set[16] = 1

    const { records, lastOffset } = await readRecordBatches(set, place, 5n, [], old)
    expect(records).toEqual([
      { ...place, offset: 5n, timestampMs: -1n, key: null, value: Uint8Array.of(0x76), headers: [] },
    ])
    expect(lastOffset).toBe(5n)
  })
})
