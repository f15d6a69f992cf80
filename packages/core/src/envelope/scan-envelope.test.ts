import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Envelope } from './envelope.ts'
import { decodeEnvelope } from './envelope-codec.ts'
import { createEnvelopeScanner, scannedText } from './scan-envelope.ts'

const scanner = createEnvelopeScanner()
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const plain = {
  event_id: '0197a1de-0000-7000-8000-000000000001',
  name: 'order.created',
  version: 1,
  correlation_id: '0197a1de-0000-7000-8000-00000000000A',
  causation_id: '0197a1de-0000-7000-8000-00000000000b',
  timestamp: '2026-01-31T12:00:00.123Z',
  source: 'checkout',
  organization_id: 'acme',
  entity: { type: 'order', id: 'ö-1' },
  action: 'created',
  actor: { type: 'user', id: 'u-1' },
  payload: { after: { total: 1.5e3, list: [null, true, {}, [], -0] }, extra: { note: 'a\\u00e9 "q" \ud83d\ude00' } },
  metrics: { processing_time_ms: 1.25, queue_time_ms: 0, custom_metrics: { rows: 7 } },
}

/** What the scan found, as `decodeEnvelope` would say it. `undefined`: not plain. */
function scanned(bytes: Uint8Array): Record<string, unknown> | undefined {
  if (!scanner.scan(bytes)) return undefined
  const { found } = scanner
  const text = (name: keyof typeof scannedText): string => {
    const place = scannedText[name]
    return decoder.decode(bytes.subarray(found.starts[place], found.ends[place]))
  }
  const texts = Object.fromEntries(
    Object.keys(scannedText).map((name) => [name, text(name as keyof typeof scannedText)]),
  )
  return {
    ...texts,
    version: found.version,
    timestampMs: found.timestampMs,
    metrics: [...found.metrics],
    custom: found.customMetrics ?? {},
  }
}

function decoded(bytes: Uint8Array): Record<string, unknown> | undefined {
  let envelope: Envelope
  try {
    envelope = decodeEnvelope(bytes)
  } catch {
    return undefined
  }
  const { metrics } = envelope
  return {
    eventId: envelope.eventId,
    name: envelope.name,
    correlationId: envelope.correlationId,
    causationId: envelope.causationId ?? '',
    source: envelope.source,
    organizationId: envelope.organizationId ?? '',
    entityType: envelope.entity?.type ?? '',
    entityId: envelope.entity?.id ?? '',
    action: envelope.action,
    actorType: envelope.actor?.type ?? '',
    actorId: envelope.actor?.id ?? '',
    version: envelope.version,
    timestampMs: Date.parse(envelope.timestamp),
    metrics: [
      metrics?.processingTimeMs ?? 0,
      metrics?.dbTimeMs ?? 0,
      metrics?.apiTimeMs ?? 0,
      metrics?.queueTimeMs ?? 0,
    ],
    custom: metrics?.customMetrics ?? {},
  }
}

const bytesOf = (value: unknown): Uint8Array =>
  encoder.encode(typeof value === 'string' ? value : JSON.stringify(value))
const without = (key: string): unknown => Object.fromEntries(Object.entries(plain).filter(([name]) => name !== key))

describe('the envelope scanner', () => {
  it('finds the fields of an envelope as our own producer writes it', () => {
    expect(scanned(bytesOf(plain))).toEqual(decoded(bytesOf(plain)))
    expect(scanned(bytesOf(plain))).toMatchObject({
      entityId: 'ö-1',
      version: 1,
      metrics: [1.25, 0, 0, 0],
      custom: { rows: 7 },
    })
  })

  it.each(['causation_id', 'organization_id', 'entity', 'actor', 'metrics'])(
    'takes an envelope without %s, or with null',
    (key) => {
      for (const value of [without(key), { ...plain, [key]: null }]) {
        expect(scanned(bytesOf(value))).toEqual(decoded(bytesOf(value)))
        expect(scanned(bytesOf(value))).toBeDefined()
      }
    },
  )

  it('passes over keys that it does not know, in any order, with blanks anywhere', () => {
    const shuffled = Object.fromEntries(Object.entries({ more: [{ event_id: 1 }], ...plain, other: null }).reverse())
    const text = ` \r\n\t${JSON.stringify(shuffled, undefined, 3)}\n`
    expect(scanned(bytesOf(text))).toEqual(decoded(bytesOf(shuffled)))
  })

  it.each([
    ['an escape in a field', JSON.stringify({ ...plain, source: 'a"b' })],
    ['an escape in a key', JSON.stringify(plain).replace('"name"', '"n\\u0061me"')],
    ['a key that repeats', JSON.stringify(plain).replace('{', '{"name":"order.paid",')],
    ['a time with an offset', JSON.stringify({ ...plain, timestamp: '2026-01-31T12:00:00.000+01:00' })],
    ['a version written with a fraction', JSON.stringify(plain).replace('"version":1', '"version":1.0')],
  ])('leaves %s to the long way', (_, text) => {
    expect(decoded(bytesOf(text))).toBeDefined()
    expect(scanned(bytesOf(text))).toBeUndefined()
  })

  it.each([
    ['no object', '[]'],
    ['something behind it', `${JSON.stringify(plain)}x`],
    ['a missing id', JSON.stringify(without('event_id'))],
    ['half an entity', JSON.stringify({ ...plain, entity: { type: 'order' } })],
    ['an empty text', JSON.stringify({ ...plain, action: '' })],
    ['a day that does not exist', JSON.stringify({ ...plain, timestamp: '2026-02-29T12:00:00.000Z' })],
    ['an hour that does not exist', JSON.stringify({ ...plain, timestamp: '2026-02-28T24:00:00.000Z' })],
    ['a name that is none', JSON.stringify({ ...plain, name: 'Order' })],
    ['a version of 0', JSON.stringify({ ...plain, version: 0 })],
    ['a version too large', JSON.stringify({ ...plain, version: 65_536 })],
    ['a payload that is a list', JSON.stringify({ ...plain, payload: [] })],
    ['a metric that is no number of JSON', JSON.stringify(plain).replace('1.25', '01')],
    ['a figure of the publisher that is no number', JSON.stringify(plain).replace('{"rows":7}', '{"rows":"7"}')],
    ['an infinite metric', JSON.stringify(plain).replace('1.25', '1e400')],
    ['a control character in the payload', JSON.stringify(plain).replace('a\\\\u', '\u0001')],
    ['a wrong escape in the payload', JSON.stringify(plain).replace('\\"q', '\\q')],
    ['a number that ends early', JSON.stringify(plain).replace('1500', '1.')],
    ['a bracket too few', JSON.stringify(plain).replace('[]', '[')],
    ['a comma too many', JSON.stringify(plain).replace('[]', '[1,]')],
    ['nesting beyond the limit', JSON.stringify(plain).replace('[]', `${'['.repeat(62)}${']'.repeat(62)}`)],
  ])('refuses %s, as decoding does', (_, text) => {
    expect(decoded(bytesOf(text))).toBeUndefined()
    expect(scanned(bytesOf(text))).toBeUndefined()
  })

  it('takes nesting and keys up to the limits', () => {
    const deep = JSON.stringify(plain).replace('[]', `${'['.repeat(60)}${']'.repeat(60)}`)
    expect(decoded(bytesOf(deep))).toBeDefined()
    expect(scanned(bytesOf(deep))).toEqual(decoded(bytesOf(deep)))
    const keysOf = (count: number): string =>
      JSON.stringify({
        ...plain,
        payload: { after: Object.fromEntries(Array.from({ length: count }, (__, key) => [`k${key}`, 0])) },
      })
    // Of 10,000 keys, 22 are the envelope's own here: 13, two subjects of 2, after, 3 metrics, 1 of the publisher's.
    expect(scanned(bytesOf(keysOf(9_978)))).toEqual(decoded(bytesOf(keysOf(9_978))))
    expect(scanned(bytesOf(keysOf(9_978)))).toBeDefined()
    expect(scanned(bytesOf(keysOf(9_979)))).toBeUndefined()
    expect(decoded(bytesOf(keysOf(9_979)))).toBeUndefined()
  })

  it('never says anything else than decoding does, whatever the bytes', () => {
    let plainOnes = 0
    const json = fc.json({ maxDepth: 5 })
    const field = fc.constantFrom(...Object.keys(plain), 'extra')
    const mutated = fc
      .record({
        key: field,
        value: fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(plain))),
      })
      .map(({ key, value }) => JSON.stringify({ ...plain, [key]: value }))
    const cut = fc
      .record({ at: fc.nat(), length: fc.integer({ min: 0, max: 4 }), insert: fc.string({ maxLength: 3 }) })
      .map(({ at, length, insert }) => {
        const text = JSON.stringify(plain)
        const start = at % text.length
        return text.slice(0, start) + insert + text.slice(start + length)
      })
    fc.assert(
      fc.property(fc.oneof(mutated, cut, json), (text) => {
        const bytes = bytesOf(text)
        const found = scanned(bytes)
        if (found === undefined) return
        plainOnes += 1
        expect(found).toEqual(decoded(bytes))
      }),
      { numRuns: 20_000 },
    )
    expect(plainOnes).toBeGreaterThan(1_000)
  })
})
