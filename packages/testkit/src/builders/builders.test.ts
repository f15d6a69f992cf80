import { describe, expect, it } from 'vitest'
import { aConsumerRecord } from './a-consumer-record.ts'
import { aRecord } from './a-record.ts'
import { anEnvelope } from './an-envelope.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('builders', () => {
  it('take text for bytes, null for null, and keep repeated headers in order', () => {
    const record = aRecord({
      key: 'o-1',
      value: null,
      headers: [
        ['a', '1'],
        ['a', null],
      ],
    })

    expect(record).toMatchObject({
      key: utf8('o-1'),
      value: null,
      headers: [
        { name: 'a', value: utf8('1') },
        { name: 'a', value: null },
      ],
    })
  })

  it('never share a buffer between the input and the record', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const record = aRecord({ value: bytes })

    bytes[0] = 9

    expect(record.value).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('give a consumed record its coordinates', () => {
    expect(aConsumerRecord({ partition: 2, offset: 7n, headers: { a: '1' } })).toMatchObject({
      cluster: 'test-cluster',
      topic: 'orders',
      partition: 2,
      offset: 7n,
      headers: [{ name: 'a', value: utf8('1') }],
    })
  })

  it('take entity type and action of an envelope from its name', () => {
    expect(anEnvelope({ name: 'user.signed_up', version: 3 })).toMatchObject({
      name: 'user.signed_up',
      version: 3,
      entity: { type: 'user' },
      action: 'signed_up',
    })
  })
})
