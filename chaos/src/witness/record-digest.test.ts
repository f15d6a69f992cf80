import { expect, it } from 'vitest'
import { bareDigest, type DigestedRecord, recordDigest } from './record-digest.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const record: DigestedRecord = {
  key: bytes('k'),
  value: bytes('v'),
  timestampMs: 1n,
  headers: [
    { name: 'b', value: bytes('1') },
    { name: 'a', value: null },
    { name: 'b', value: bytes('2') },
  ],
}

it('tells records apart that differ in anything', () => {
  const [first, second, third] = record.headers
  if (first === undefined || second === undefined || third === undefined) throw new Error('three headers')
  const others: DigestedRecord[] = [
    { ...record, key: null },
    { ...record, key: bytes('') },
    { ...record, key: bytes('kv'), value: bytes('') },
    { ...record, value: null },
    { ...record, timestampMs: 2n },
    { ...record, headers: [first, { name: 'a', value: bytes('') }, third] },
    { ...record, headers: [third, second, first] },
    { ...record, headers: [] },
  ]
  expect(new Set([record, ...others].map((each) => recordDigest(each))).size).toBe(9)
  expect(recordDigest({ ...record, timestampMs: '1' })).toBe(recordDigest(record))
})

it('takes headers by name, unless their order is asked for', () => {
  const [first, second, third] = record.headers
  if (first === undefined || second === undefined || third === undefined) throw new Error('three headers')
  const turned = { ...record, headers: [second, first, third] }
  expect(recordDigest(turned)).toBe(recordDigest(record))
  expect(recordDigest(turned, { headers: 'in-order' })).not.toBe(recordDigest(record, { headers: 'in-order' }))
})

it('leaves out of the bare record what a replay adds, and nothing else', () => {
  const marked = [...record.headers, { name: 'lb-replay-id', value: bytes('r') }]
  expect(bareDigest({ ...record, headers: marked })).toBe(bareDigest(record))
  for (const other of [
    { ...record, key: null },
    { ...record, value: null },
    { ...record, headers: [] },
  ]) {
    expect(bareDigest(other)).not.toBe(bareDigest(record))
  }
  const retried = [...record.headers, { name: 'lb-retry', value: null }]
  expect(bareDigest({ ...record, headers: retried })).not.toBe(bareDigest(record))
  const turned = record.headers.toReversed()
  expect(bareDigest({ ...record, headers: turned }, { headers: 'in-order' })).not.toBe(
    bareDigest(record, { headers: 'in-order' }),
  )
})
