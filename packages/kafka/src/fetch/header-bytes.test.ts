import { createRequire } from 'node:module'
import type { RecordHeader } from '@ledgerbus/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeRecord } from '../patches/record-encoder.ts'
import { sizeOfVarint, writeVarint } from '../patches/varint.ts'
import { ByteReader } from './byte-reader.ts'
import { countHeaders, findHeader, readHeaders, surveyHeaders, visitHeaders } from './header-bytes.ts'

const require = createRequire(import.meta.url)
interface ClientReader {
  offset: number
  readVarInt(): number
  readVarIntArray<Item>(read: (decoder: ClientReader) => Item): Item[]
}
/** kafkajs's own, as the oracle for headers that are whole. */
const ClientDecoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => ClientReader
const decodeClientHeader = require('kafkajs/src/protocol/recordBatch/header/v0/decoder.js') as (
  decoder: ClientReader,
) => { readonly key: string; readonly value: Buffer | null }

const someBytes = fc.uint8Array({ maxLength: 12 })
/** Names that look alike, that return, and that are ours. */
const name = fc.oneof(
  fc.constantFrom('ce_id', 'ce_ie', 'lb-due-at', 'lb-', 'lb', '', '__proto__', 'ü', '\ufffd'),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const headerList = fc.array(fc.record({ key: name, value: fc.option(someBytes) }), { maxLength: 12 })

/** A varint, so that lengths are often small and often wrong. */
const varint = fc.integer({ min: -3, max: 20 }).map((value) => {
  const bytes = Buffer.alloc(sizeOfVarint(value))
  writeVarint(bytes, value, 0)
  return bytes
})
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc
    .array(fc.oneof(varint, someBytes, fc.constantFrom(Buffer.from('lb-'), Buffer.from([0xff, 0xff]))), {
      maxLength: 14,
    })
    .map((parts) => Buffer.concat(parts)),
)

function bytesOf(headers: readonly { readonly key: string; readonly value: Uint8Array | null }[]): Buffer {
  const record = encodeRecord({ value: null, headers }).buffer
  const reader = new ByteReader(record)
  reader.varint() // length
  reader.at += 1 // attributes
  reader.varlong() // time
  reader.varint() // offset
  reader.varint() // key
  reader.varint() // value
  return record.subarray(reader.at)
}

/** Reads all at once, checks every step; what the fast way is measured by. */
function readEagerly(bytes: Buffer): readonly RecordHeader[] | 'damaged' {
  let at = 0
  let isCutShort = false
  const varintAt = (): number => {
    let zigzag = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= bytes.length) isCutShort = true
      const byte = bytes[at] ?? 0
      at += 1
      zigzag |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return (zigzag >>> 1) ^ -(zigzag & 1)
  }
  const headers: RecordHeader[] = []
  const count = varintAt()
  if (count < 0 || isCutShort) return 'damaged'
  for (let index = 0; index < count; index += 1) {
    const nameLength = varintAt()
    if (nameLength < 0 || at + nameLength > bytes.length) return 'damaged'
    const headerName = bytes.toString('utf8', at, at + nameLength)
    at += nameLength
    const valueLength = varintAt()
    if (isCutShort || at + Math.max(0, valueLength) > bytes.length) return 'damaged'
    const value = valueLength < 0 ? null : Uint8Array.from(bytes.subarray(at, at + valueLength))
    at += Math.max(0, valueLength)
    headers.push({ name: headerName, value })
  }
  return at === bytes.length ? headers : 'damaged'
}

describe('headers that are read late', () => {
  it('are what reading them at once would have shown, in their order, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.oneof(anyBytes, headerList.map(bytesOf)), fc.nat({ max: 3 }), (bytes, before) => {
        // Somewhere in the memory that a fetch brought.
        const memory = Buffer.concat([Buffer.alloc(before, 0xff), bytes, Buffer.alloc(3, 0x02)])
        const survey = surveyHeaders(new ByteReader(memory, before), before + bytes.length)
        const eager = readEagerly(bytes)

        if (eager === 'damaged') expect(survey).toBe('damaged')
        else {
          expect(survey).toBe(eager.some((header) => header.name.startsWith('lb-')) ? 'marked' : 'unmarked')
          expect(readHeaders(memory, before)).toEqual(eager)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  it('are what kafkajs reads, where it can read them', () => {
    fc.assert(
      fc.property(headerList, (headers) => {
        const bytes = bytesOf(headers)
        const expected = new ClientDecoder(bytes).readVarIntArray(decodeClientHeader)

        expect(surveyHeaders(new ByteReader(bytes), bytes.length)).not.toBe('damaged')
        expect(
          readHeaders(bytes, 0).map(({ name: key, value }) => ({ key, value: value && Buffer.from(value) })),
        ).toEqual(expected)
      }),
    )
  })

  it('are found one by one as among all of them: the last of a name', () => {
    fc.assert(
      fc.property(headerList, name, (headers, wanted) => {
        const bytes = bytesOf(headers)
        const isAscii = /^[\u0001-\u007f]+$/.test(wanted)
        fc.pre(isAscii)

        expect(findHeader(bytes, 0, wanted)).toEqual(readHeaders(bytes, 0).findLast((header) => header.name === wanted))
      }),
      { numRuns: 1_000 },
    )
  })

  it('take time in proportion to their number', () => {
    const bytes = bytesOf(
      Array.from({ length: 100_000 }, (_, index) => ({ key: `header-${index}`, value: Buffer.from('x') })),
    )
    const started = performance.now()

    expect(surveyHeaders(new ByteReader(bytes), bytes.length)).toBe('unmarked')
    expect(readHeaders(bytes, 0)).toHaveLength(100_000)
    expect(findHeader(bytes, 0, 'header-5')?.value).toEqual(Uint8Array.of(0x78))
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  it('are not believed when they claim to be billions', () => {
    const claim = Buffer.alloc(sizeOfVarint(2 ** 30))
    writeVarint(claim, 2 ** 30, 0)

    expect(surveyHeaders(new ByteReader(claim), claim.length)).toBe('damaged')
  })
})

describe('going over headers as bytes', () => {
  it('shows each in its order, with the same name and value as reading them', () => {
    fc.assert(
      fc.property(headerList, fc.uint8Array({ maxLength: 5 }), (headers, before) => {
        const bytes = Buffer.concat([before, bytesOf(headers)])
        const seen: RecordHeader[] = []
        visitHeaders(bytes, before.length, seen, (into, source, nameStart, nameEnd, valueStart, valueEnd) => {
          const text = Buffer.from(source.subarray(nameStart, nameEnd)).toString('utf8')
          into.push({
            name: text,
            value: valueStart < 0 ? null : Uint8Array.from(source.subarray(valueStart, valueEnd)),
          })
        })
        const read = readHeaders(bytes, before.length)
        const plain = read.map((header) => ({
          name: header.name,
          value: header.value === null ? null : Uint8Array.from(header.value),
        }))
        expect(seen).toEqual(plain)
        expect(countHeaders(bytes, before.length)).toBe(headers.length)
      }),
    )
  })
})
