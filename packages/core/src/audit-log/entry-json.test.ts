import { describe, expect, it } from 'vitest'
import { auditEntryJson, bytesJson } from './entry-json.ts'

describe('bytes in JSON', () => {
  it('are text where they are UTF-8, and base64 under another name where not', () => {
    const utf8 = new TextEncoder()
    expect(bytesJson('key', utf8.encode('ä\u0000😀\ufeff'))).toEqual({ key: 'ä\u0000😀\ufeff' })
    expect(bytesJson('key', new Uint8Array(0))).toEqual({ key: '' })
    expect(bytesJson('key', null)).toEqual({ key: null })
    const odd = Uint8Array.from({ length: 20_000 }, (_, index) => index % 256)
    const { keyBase64 } = bytesJson('key', odd)
    expect(Buffer.from(String(keyBase64), 'base64').equals(odd)).toBe(true)
  })
})

describe('an entry in JSON', () => {
  it('bears any time a record may bear', () => {
    const record = { cluster: 'c', topic: 't', partition: 0, offset: 2n ** 63n, key: null, value: null, headers: [] }
    const json = auditEntryJson({
      record: { ...record, timestampMs: -(2n ** 63n) },
      reading: { status: 'tombstone' },
      ingestedAtMs: 0,
    })
    expect(json).toMatchObject({
      kafkaTime: '-9223372036854775808',
      offset: '9223372036854775808',
      status: 'tombstone',
    })
  })
})
