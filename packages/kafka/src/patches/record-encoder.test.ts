import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { encodeRecord, onEncoded } from './record-encoder.ts'
import { sizeOfVarint, writeVarint } from './varint.ts'

type ClientEncoder = (record: object) => { readonly buffer: Buffer }
const require = createRequire(import.meta.url)
/** kafkajs's own, as the oracle for what it can encode. */
const clientEncodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as ClientEncoder
const ClientEncoder = require('kafkajs/src/protocol/encoder.js') as {
  new (): { writeVarLong(value: number): { readonly buffer: Buffer } }
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))

describe('the record encoder', () => {
  it('writes what kafkajs writes, byte for byte', () => {
    const record = fc.record({
      offsetDelta: fc.nat({ max: 500 }),
      timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
      key: fc.option(bytes),
      value: fc.option(bytes),
      headers: fc.dictionary(fc.string({ unit: 'binary', maxLength: 20 }), bytes, { maxKeys: 12 }),
    })
    fc.assert(
      fc.property(record, (each) => {
        const pairs = Object.entries(each.headers).map(([key, value]) => ({ key, value }))
        const expected = clientEncodeRecord(each).buffer

        expect(encodeRecord(each).buffer.equals(expected)).toBe(true)
        expect(encodeRecord({ ...each, headers: pairs }).buffer.equals(expected)).toBe(true)
      }),
    )
  })

  it('writes names that return, in their order, and values that are null', () => {
    const headers = [
      { key: 'b', value: Buffer.from('1') },
      { key: '1', value: null },
      { key: 'b', value: Buffer.from('2') },
    ]

    const { buffer } = encodeRecord({ value: null, headers })

    // length 17 | attributes | both deltas 0 | no key | no value | 3 headers
    expect([...buffer]).toEqual([...[34, 0, 0, 0, 1, 1, 6], ...[2, 98, 2, 49], ...[2, 49, 1], ...[2, 98, 2, 50]])
  })

  it('tells when a record is encoded', () => {
    const encoded = vi.fn()

    encodeRecord({ value: 'text', [onEncoded]: encoded })

    expect(encoded).toHaveBeenCalledTimes(1)
  })
})

describe('a varint', () => {
  it('is what kafkajs writes for 64 bits, and as long as was said', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (value) => {
        const target = Buffer.alloc(10)
        const end = writeVarint(target, value, 0)

        expect(target.subarray(0, end).equals(new ClientEncoder().writeVarLong(value).buffer)).toBe(true)
        expect(end).toBe(sizeOfVarint(value))
      }),
    )
  })
})
