import { describe, expect, it } from 'vitest'
import type { RecordHeader } from '../ports/record.ts'
import { textHeader } from './headers.ts'
import { isMarked, recordBytes, recordHeaderText } from './record-headers.ts'

/** A record whose adapter answers without reading the headers. */
function aLateReader(headers: readonly RecordHeader[]) {
  return {
    get headers(): readonly RecordHeader[] {
      throw new Error('the headers were read')
    },
    isMarked: headers.some(({ name }) => name.startsWith('lb-')),
    byteLength: 42,
    lastHeader: (name: string) => headers.findLast((header) => header.name === name),
  }
}

const plain = [textHeader('ce_id', 'a'), textHeader('ce_id', 'b'), { name: 'traceparent', value: null }]
const marked = [...plain, textHeader('lb-due-at', '2026-01-31T12:00:00.000Z')]

describe('a record', () => {
  it('is marked when a header of it is ours', () => {
    expect([plain, marked].map((headers) => isMarked({ headers }))).toEqual([false, true])
    expect(isMarked({ headers: [textHeader('x-lb-due-at', '')] })).toBe(false)
  })

  it('gives the text of the last header of a name', () => {
    expect(recordHeaderText({ headers: plain }, 'ce_id')).toBe('b')
    expect(recordHeaderText({ headers: plain }, 'traceparent')).toBeUndefined()
    expect(recordHeaderText({ headers: plain }, 'tracestate')).toBeUndefined()
  })

  it('counts for the bytes of its key, its value and its headers', () => {
    const at = { cluster: 'c', topic: 'orders', partition: 0, offset: 0n, timestampMs: 0n }
    const [key, value] = [new Uint8Array(3), new Uint8Array(10)]

    expect(recordBytes({ ...at, key, value, headers: [textHeader('ce_id', 'a'), { name: 'x', value: null }] })).toBe(20)
    expect(recordBytes({ ...at, key: null, value: null, headers: [] })).toBe(0)
    expect(recordBytes({ ...at, key, value, headers: [], byteLength: 42 })).toBe(42)
  })

  it('answers both without its headers being read, where its adapter can', () => {
    expect([plain, marked].map((headers) => isMarked(aLateReader(headers)))).toEqual([false, true])
    expect(recordHeaderText(aLateReader(plain), 'ce_id')).toBe('b')
    expect(recordHeaderText(aLateReader(plain), 'traceparent')).toBeUndefined()
    expect(recordHeaderText(aLateReader(plain), 'tracestate')).toBeUndefined()
  })
})
