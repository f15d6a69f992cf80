import { type AuditRecord, encodeEnvelope, type RecordHeader } from '@ledgerbus/core'
import { aConsumerRecord, anAuditRecord, anEnvelope } from '@ledgerbus/testkit'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const envelopeText = new TextDecoder().decode(encodeEnvelope(anEnvelope()))
const withAfter = (after: string): Uint8Array => utf8(envelopeText.replace('{"total":100}', after))

/** Values that somewhere, some time, were lost or changed on their way through a log. */
const hostileValues: Readonly<Record<string, Uint8Array | null>> = {
  'an event': encodeEnvelope(anEnvelope()),
  'a tombstone': null,
  'no bytes at all': new Uint8Array(0),
  'a zero byte': Uint8Array.of(0),
  'every byte there is': Uint8Array.from({ length: 256 }, (_, byte) => byte),
  'invalid UTF-8': Uint8Array.of(0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80),
  'invalid UTF-8 within an event': Buffer.concat([withAfter('{"a":"').subarray(0, 60), Uint8Array.of(0xc3, 0x28)]),
  'a lone surrogate as an escape': withAfter('{"a":"\\ud800"}'),
  'NUL as an escape': withAfter('{"a":"\\u0000"}'),
  'a byte order mark': Buffer.concat([Uint8Array.of(0xef, 0xbb, 0xbf), encodeEnvelope(anEnvelope())]),
  'integers beyond 2^53': withAfter('{"a":9007199254740993,"b":12345678901234567890}'),
  'a number beyond doubles': withAfter('{"a":1e400}'),
  'negative zero': withAfter('{"a":-0}'),
  'a trailing zero': withAfter('{"a":1.10}'),
  'a key twice': withAfter('{"a":1,"a":2}'),
  'digit keys out of order': withAfter('{"10":1,"9":2,"b":3,"1":4}'),
  '__proto__ and constructor': withAfter('{"__proto__":{"x":1},"constructor":{}}'),
  'blanks between tokens': utf8(envelopeText.replaceAll(',', ' ,\n\t')),
  'combining and right-to-left marks': withAfter('{"a":"e\u0301\u202e\u200f\ufeff"}'),
  'text outside the first plane': withAfter('{"a":"😀"}'),
  'quotes and tabs': withAfter('{"a":"\'\\"\\t\\\\"}'),
  'the year 1': utf8(envelopeText.replace('2026-01-31T12', '0001-01-01T00')),
  'the year 9999': utf8(envelopeText.replace('2026-01-31T12:00:00.000Z', '9999-12-31T23:59:59.999Z')),
  'no JSON': utf8('not an event'),
  'deep nesting': utf8('['.repeat(5_000) + ']'.repeat(5_000)),
  'a megabyte': new Uint8Array(1_000_000).fill(120),
  'a frame of a schema registry': Uint8Array.of(0, 0, 0, 0, 7, 2, 3),
  'an exception as ClickHouse writes it': utf8(
    '\r\n__exception__\r\nabcdefghijklmnop\r\nCode: 1. DB::Exception: no (NO)',
  ),
}

const keys: readonly (Uint8Array | null)[] = [
  null,
  new Uint8Array(0),
  utf8('key'),
  Uint8Array.of(0, 255, 254),
  new Uint8Array(70_000).fill(7),
]

const headers: readonly (readonly RecordHeader[])[] = [
  [],
  [{ name: 'a', value: null }],
  [
    { name: 'a', value: utf8('1') },
    { name: 'a', value: new Uint8Array(0) },
    { name: '', value: Uint8Array.of(0xff, 0) },
    { name: 'ключ\t\n', value: utf8("'\\") },
  ],
  Array.from({ length: 300 }, (_, index) => ({ name: String(300 - index), value: utf8('x') })),
]

/** Every value with one of the keys and one of the headers, as records of one partition. */
export function hostileRecords(input: { readonly topic: string; readonly timestampMs: bigint }): AuditRecord[] {
  return Object.values(hostileValues).map((value, index) => {
    const offset = BigInt(index * 3)
    const key = keys[index % keys.length] ?? null
    const record = {
      ...aConsumerRecord({ ...input, offset, value }),
      key,
      headers: headers[index % headers.length] ?? [],
    }
    return { record, reading: anAuditRecord({ value }).reading }
  })
}
