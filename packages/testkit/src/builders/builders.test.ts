import { describe, expect, it } from 'vitest'
import { createInMemoryAuditLog } from '../audit-log/create-in-memory-audit-log.ts'
import { aConsumerRecord } from './a-consumer-record.ts'
import { aRecord } from './a-record.ts'
import { anAuditEntry } from './an-audit-entry.ts'
import { anAuditRange } from './an-audit-range.ts'
import { anAuditRecord } from './an-audit-record.ts'
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

  it('read the value of an audit record as the sink would: an event, a tombstone, or undecodable with the reason', () => {
    const event = anAuditRecord({ envelope: { name: 'order.paid' } })

    expect(event.reading).toMatchObject({ status: 'ok', format: 'json', envelope: anEnvelope({ name: 'order.paid' }) })
    expect(event.record.key).toEqual(utf8('o-1'))
    expect(anAuditRecord({ value: null }).reading).toEqual({ status: 'tombstone' })
    expect(anAuditRecord({ value: '{' }).reading).toEqual({ status: 'undecodable', problem: expect.any(String) })
  })

  it('take the bounds of a range from its records', () => {
    const records = [3n, 7n].map((offset) => anAuditRecord({ partition: 2, offset }))

    const log = createInMemoryAuditLog()
    const block = { topic: 'orders', partition: 2, records: 2 }
    expect(anAuditRange(log, { records })).toMatchObject({ first: 3n, next: 8n, block })
    expect(anAuditRange(log, { records, first: 0n, next: 10n })).toMatchObject({ first: 0n, next: 10n, block })
  })

  it('make an entry of the log, first-hand unless told otherwise', () => {
    expect(anAuditEntry()).not.toHaveProperty('replayId')
    expect(anAuditEntry({ replayId: 'r-1' })).toMatchObject({ replayId: 'r-1', reading: { status: 'ok' } })
  })
})
