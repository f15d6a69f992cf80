import { type ConsumerRecord, textHeader } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { encodeRecord } from '../patches/record-encoder.ts'
import { ByteReader } from './byte-reader.ts'
import { FetchedRecord } from './fetched-record.ts'

const place = { cluster: 'c', topic: 'orders', partition: 3 }

function aFetchedRecord(headers: readonly { readonly key: string; readonly value: string | null }[]): FetchedRecord {
  const bytes = encodeRecord({ value: null, headers }).buffer
  const reader = new ByteReader(bytes)
  for (const skip of ['length', 'attributes', 'time', 'offset', 'key', 'value']) {
    if (skip === 'attributes') reader.at += 1
    else reader.varint()
  }
  const isMarked = headers.some(({ key }) => key.startsWith('lb-'))
  const parts = {
    offset: 7n,
    timestampMs: 1n,
    key: null,
    value: null,
    bytes,
    headersAt: reader.at,
    isMarked,
    byteLength: bytes.length,
  }
  return new FetchedRecord(place, parts)
}

const headers = [textHeader('a', '1'), { name: 'b', value: null }, textHeader('a', '2')]
const sent = [
  { key: 'a', value: '1' },
  { key: 'b', value: null },
  { key: 'a', value: '2' },
]

describe('a fetched record', () => {
  it('reads its headers once', () => {
    const record = aFetchedRecord(sent)

    expect(record.headers).toEqual(headers)
    expect(record.headers).toBe(record.headers)
  })

  it('is like any record to who compares, copies, lists or clones it', () => {
    const plain = { ...place, offset: 7n, timestampMs: 1n, key: null, value: null, headers }

    expect(aFetchedRecord(sent)).toEqual(plain)
    // As a program does that knows the type and not the class.
    const record: ConsumerRecord = aFetchedRecord(sent)
    expect({ ...record }).toEqual(plain)
    expect(Object.keys(aFetchedRecord(sent)).toSorted()).toEqual(Object.keys(plain).toSorted())
    expect(structuredClone(aFetchedRecord(sent))).toEqual(plain)
    const { headers: taken, ...rest } = aFetchedRecord(sent)
    expect({ ...rest, headers: taken }).toEqual(plain)
  })

  it('finds the last header of a name, read or not, whatever the name is', () => {
    const record = aFetchedRecord([...sent, { key: 'ü', value: 'x' }])
    const names = ['a', 'b', 'c', '', 'ü', 'constructor']
    const before = names.map((name) => record.lastHeader(name))

    expect(before).toEqual(names.map((name) => record.headers.findLast((header) => header.name === name)))
    expect(names.map((name) => record.lastHeader(name))).toEqual(before)
  })

  it('knows whether it is marked', () => {
    expect(aFetchedRecord(sent).isMarked).toBe(false)
    expect(aFetchedRecord([...sent, { key: 'lb-due-at', value: '' }]).isMarked).toBe(true)
  })
})
