import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventDecodeError } from '../errors/event-decode-error.ts'
import { EventValidationError } from '../errors/event-validation-error.ts'
import type { Envelope } from './envelope.ts'
import { decodeEnvelope, encodeEnvelope, fromWireEnvelope, toWireEnvelope } from './envelope-codec.ts'

const full: Envelope = {
  eventId: '01900000-0000-7000-8000-000000000001',
  name: 'order.created',
  version: 1,
  correlationId: '01900000-0000-7000-8000-000000000002',
  causationId: '01900000-0000-7000-8000-000000000003',
  timestamp: '2026-01-31T12:00:00.000Z',
  source: 'checkout',
  organizationId: 'acme',
  entity: { type: 'order', id: 'o-1' },
  action: 'created',
  actor: { type: 'user', id: 'u-1' },
  payload: { before: { total_net: 1 }, after: { totalNet: 2 }, extra: {} },
  metrics: { processingTimeMs: 135, dbTimeMs: 12, apiTimeMs: 85, queueTimeMs: 5, customMetrics: { cache_hits: 7 } },
}

const { causationId: _c, organizationId: _o, entity: _e, actor: _a, metrics: _m, ...bare } = full

const wireText =
  '{"event_id":"01900000-0000-7000-8000-000000000001","name":"order.created","version":1,' +
  '"correlation_id":"01900000-0000-7000-8000-000000000002","causation_id":"01900000-0000-7000-8000-000000000003",' +
  '"timestamp":"2026-01-31T12:00:00.000Z","source":"checkout","organization_id":"acme",' +
  '"entity":{"type":"order","id":"o-1"},"action":"created","actor":{"type":"user","id":"u-1"},' +
  '"payload":{"before":{"total_net":1},"after":{"totalNet":2},"extra":{}},' +
  '"metrics":{"processing_time_ms":135,"db_time_ms":12,"api_time_ms":85,"queue_time_ms":5,"custom_metrics":{"cache_hits":7}}}'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const wire = (changes: Record<string, unknown>): Uint8Array =>
  utf8(JSON.stringify({ ...toWireEnvelope(bare), ...changes }))

function decodeErrorOf(bytes: Uint8Array, limits?: Parameters<typeof decodeEnvelope>[1]): EventDecodeError {
  try {
    decodeEnvelope(bytes, limits)
  } catch (error) {
    if (error instanceof EventDecodeError) return error
    throw error
  }
  throw new Error('the bytes were decoded')
}

describe('an envelope on the wire', () => {
  it('is exactly this JSON, in this order', () => {
    expect(new TextDecoder().decode(encodeEnvelope(full))).toBe(wireText)
  })

  it('leaves out what the envelope does not have', () => {
    expect(Object.keys(toWireEnvelope(bare))).toEqual([
      'event_id',
      'name',
      'version',
      'correlation_id',
      'timestamp',
      'source',
      'action',
      'payload',
    ])
  })

  it('keeps the spelling of the payload and of custom metrics', () => {
    const decoded = decodeEnvelope(encodeEnvelope(full))
    expect(decoded.payload).toEqual({ before: { total_net: 1 }, after: { totalNet: 2 }, extra: {} })
    expect(decoded.metrics?.customMetrics).toEqual({ cache_hits: 7 })
  })

  it('comes back as it went', () => {
    expect(decodeEnvelope(utf8(wireText))).toEqual(full)
    expect(decodeEnvelope(encodeEnvelope(bare))).toEqual(bare)
    expect(fromWireEnvelope(toWireEnvelope(full))).toEqual(full)
  })

  it('comes back as it went, whatever the payload and the texts', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })
    const subject = fc.record({ type: text, id: text })
    const envelopes = fc.record(
      {
        eventId: fc.uuid(),
        name: fc.constantFrom('order.created', 'a.b.c_1'),
        version: fc.integer({ min: 1, max: 65_535 }),
        correlationId: fc.uuid(),
        causationId: fc.uuid(),
        timestamp: fc
          .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
          .map((at) => at.toISOString()),
        source: text,
        organizationId: text,
        entity: subject,
        action: text,
        actor: subject,
        payload: fc.record(
          { before: fc.jsonValue(), after: fc.jsonValue(), extra: fc.jsonValue() },
          { requiredKeys: [] },
        ),
        metrics: fc.record(
          { processingTimeMs: fc.nat(), queueTimeMs: fc.nat(), customMetrics: fc.constant({ a: 1 }) },
          { requiredKeys: [] },
        ),
      },
      {
        requiredKeys: ['eventId', 'name', 'version', 'correlationId', 'timestamp', 'source', 'action', 'payload'],
      },
    )
    fc.assert(
      fc.property(envelopes, (envelope) => {
        // Through JSON once: it knows no -0 and no undefined, and neither does an envelope.
        const expected = JSON.parse(JSON.stringify(envelope)) as Envelope
        expect(decodeEnvelope(encodeEnvelope(expected))).toEqual(expected)
      }),
    )
  })

  it('is refused when encoding meets what JSON refuses, with the path', () => {
    expect(() => encodeEnvelope({ ...bare, payload: { after: { total: 1n } } })).toThrow(EventValidationError)
    expect(() => encodeEnvelope({ ...bare, payload: { after: { total: 1n } } })).toThrow(
      'payload.after.total: is a bigint',
    )
  })
})

describe('encoding', () => {
  it('says so without a path when it is not the payload that JSON refuses', () => {
    const version = 1n as unknown as number
    expect(() => encodeEnvelope({ ...bare, version })).toThrow(
      'order.created: cannot be written as JSON, see the cause',
    )
  })
})

describe('decoding is loose:', () => {
  it('fields that we do not know are passed over', () => {
    expect(decodeEnvelope(wire({ trace_id: 'x', metrics: { cpu_ms: 1 } }))).toEqual({ ...bare, metrics: {} })
  })

  it('unknown keys of the payload stay', () => {
    expect(decodeEnvelope(wire({ payload: { after: 1, note: 2 } })).payload).toEqual({ after: 1, note: 2 })
  })

  it('null in place of an optional field is its absence', () => {
    const absent = { causation_id: null, organization_id: null, entity: null, actor: null, metrics: null }
    expect(decodeEnvelope(wire(absent))).toEqual(bare)
    expect(decodeEnvelope(wire({ metrics: { db_time_ms: null, custom_metrics: null } })).metrics).toEqual({})
  })

  it('times of any offset and precision are brought to UTC and milliseconds', () => {
    const { timestamp } = decodeEnvelope(wire({ timestamp: '2026-01-31T13:00:00.123456+01:00' }))
    expect(timestamp).toBe('2026-01-31T12:00:00.123Z')
  })

  it('blank space around tokens does not matter, nor does the order of keys', () => {
    const reversed = Object.fromEntries(Object.entries(toWireEnvelope(full)).reverse())
    expect(decodeEnvelope(utf8(JSON.stringify(reversed, null, 2)))).toEqual(full)
  })
})

describe('decoding refuses, with the path on the wire,', () => {
  it.each([
    ['event_id', undefined, 'is missing'],
    ['event_id', 'x', 'must be a UUID'],
    ['event_id', '01900000-0000-7000-8000-00000000000g', 'must be a UUID'],
    ['event_id', ['01900000-0000-7000-8000-000000000001'], 'must be a UUID'],
    ['name', 'order', 'must be two or more words of a-z, 0-9 and _ joined by dots'],
    ['name', null, 'must be two or more words of a-z, 0-9 and _ joined by dots'],
    ['version', 0, 'must be an integer from 1 to 65535'],
    ['version', 1.5, 'must be an integer from 1 to 65535'],
    ['version', '1', 'must be an integer from 1 to 65535'],
    ['version', 65_536, 'must be an integer from 1 to 65535'],
    ['correlation_id', 7, 'must be a UUID'],
    ['causation_id', 'x', 'must be a UUID'],
    ['timestamp', '2026-02-30T00:00:00Z', 'must be an RFC 3339 time that exists, with its offset'],
    ['timestamp', 1_769_860_800, 'must be an RFC 3339 time that exists, with its offset'],
    ['source', '', 'must be a text that is not empty'],
    ['organization_id', 7, 'must be a text that is not empty'],
    ['entity', 'o-1', 'must be an object with type and id'],
    ['entity', [], 'must be an object with type and id'],
    ['action', undefined, 'is missing'],
    ['payload', undefined, 'is missing'],
    ['payload', null, 'must be an object'],
    ['payload', [], 'must be an object'],
    ['metrics', 5, 'must be an object'],
    ['metrics.custom_metrics', [1], 'must be an object of numbers'],
  ])('%s being %j', (path, value, message) => {
    const [field = '', member] = path.split('.')
    const changes = { [field]: member === undefined ? value : { [member]: value } }
    expect(decodeErrorOf(wire(changes)).issues).toEqual([{ path, message }])
  })

  it('members of subjects and metrics', () => {
    const changes = {
      entity: { type: 'order' },
      actor: { type: '', id: 1 },
      metrics: { db_time_ms: '12', custom_metrics: { 'odd key': '1' } },
    }
    expect(decodeErrorOf(wire(changes)).issues.map((issue) => issue.path)).toEqual([
      'entity.id',
      'actor.type',
      'actor.id',
      'metrics.db_time_ms',
      'metrics.custom_metrics["odd key"]',
    ])
  })

  it('numbers beyond what a double holds', () => {
    const text = new TextDecoder().decode(wire({ metrics: { db_time_ms: 12 } })).replace('12}', '1e400}')
    expect(decodeErrorOf(utf8(text)).issues).toEqual([{ path: 'metrics.db_time_ms', message: 'must be a number' }])
  })

  it.each([
    ['nothing', '', 'is empty'],
    ['a text', '"order.created"', 'must be a JSON object'],
    ['a list', '[]', 'must be a JSON object'],
    ['null', 'null', 'must be a JSON object'],
    ['half a document', '{"event_id":', 'is not JSON'],
    ['two documents', '{}{}', 'is not JSON'],
    ['a document after a byte order mark', `\ufeff${wireText}`, 'begins with a byte order mark'],
    [
      'a value of a schema registry',
      '\u0000\u0000\u0000\u0000\u0001{}',
      'begins with a zero byte, as values of a schema registry do; configure the registry',
    ],
  ])('%s', (_what, text, message) => {
    const error = decodeErrorOf(utf8(text))
    expect(error.code).toBe('EVENT_UNDECODABLE')
    expect(error.issues).toEqual([{ path: '', message }])
  })

  it('bytes that are not UTF-8, instead of replacing them', () => {
    const bytes = utf8(wireText.replace('acme', 'acm!'))
    bytes[bytes.indexOf('!'.charCodeAt(0))] = 0xff
    expect(decodeErrorOf(bytes).issues).toEqual([{ path: '', message: 'is not UTF-8' }])
  })

  it('never quotes the value', () => {
    expect(decodeErrorOf(utf8('{"card": 4111x}')).message).not.toContain('4111')
    expect(decodeErrorOf(utf8('{"card": 4111x}')).cause).toBeUndefined()
    expect(decodeErrorOf(wire({ source: { card: '4111' } })).message).not.toContain('4111')
  })
})

describe('decoding is safe:', () => {
  it('size is looked at first', () => {
    const bytes = new Uint8Array(1_000_001).fill(0xff)
    const error = decodeErrorOf(bytes)
    expect(error.code).toBe('EVENT_TOO_LARGE')
    expect(error.message).toBe('the value is no event: has 1000001 bytes, at most 1000000 are read')
  })

  it('the largest value within the limit is read', () => {
    const frame = wire({ payload: { after: '' } }).length
    const bytes = wire({ payload: { after: 'x'.repeat(1_000_000 - frame) } })
    expect(bytes.length).toBe(1_000_000)
    expect(decodeEnvelope(bytes).name).toBe('order.created')
  })

  it.each(['[', '{"a":'])('a million levels of %s are refused before anything is built', (open) => {
    const error = decodeErrorOf(utf8(open.repeat(1_000_000 / open.length)))
    expect(error.code).toBe('EVENT_TOO_DEEP')
  })

  it('64 levels are read, 65 are not', () => {
    const nested = (levels: number): Uint8Array =>
      utf8(
        new TextDecoder()
          .decode(wire({ payload: { after: 0 } }))
          .replace('"after":0', `"after":${'['.repeat(levels)}${']'.repeat(levels)}`),
      )
    expect(decodeEnvelope(nested(62)).name).toBe('order.created')
    expect(decodeErrorOf(nested(63)).code).toBe('EVENT_TOO_DEEP')
  })

  it('levels are counted, not brackets', () => {
    const after = Array.from({ length: 1_000 }, () => [{}])
    expect(decodeEnvelope(wire({ payload: { after } })).payload.after).toHaveLength(1_000)
  })

  it('brackets, colons and escaped quotes inside texts do not count', () => {
    const after = `${'[{":'.repeat(5_000)}\\"`
    expect(decodeEnvelope(wire({ payload: { after } }))).toEqual({ ...bare, payload: { after } })
    expect(decodeEnvelope(wire({ payload: { after: ['\\', '[['.repeat(100)] } })).payload.after).toHaveLength(2)
  })

  it('more than 10,000 keys are refused', () => {
    const after = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, 1]))
    expect(decodeErrorOf(wire({ payload: { after } })).code).toBe('EVENT_TOO_MANY_KEYS')
  })

  it('limits can be set', () => {
    expect(decodeErrorOf(utf8(wireText), { maxBytes: 100 }).code).toBe('EVENT_TOO_LARGE')
    expect(decodeErrorOf(utf8(wireText), { maxDepth: 2 }).code).toBe('EVENT_TOO_DEEP')
    expect(decodeErrorOf(utf8(wireText), { maxKeys: 5 }).code).toBe('EVENT_TOO_MANY_KEYS')
  })

  it('a key __proto__ changes the prototype of nothing', () => {
    const bytes = utf8(
      wireText
        .replace('"extra":{}', '"__proto__":{"admin":true}')
        .replace('{"event_id"', '{"__proto__":{"x":1},"event_id"'),
    )
    const envelope = decodeEnvelope(bytes)
    expect(Object.getPrototypeOf(envelope)).toBe(Object.prototype)
    expect(Object.getPrototypeOf(envelope.payload)).toBe(Object.prototype)
    expect('admin' in {} || 'x' in envelope).toBe(false)
  })

  it('any bytes either decode or throw an EventDecodeError', () => {
    const seed = utf8(wireText)
    const mutated = fc
      .array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const bytes = seed.slice()
        for (const [index, byte] of changes) bytes[index] = byte
        return bytes
      })
    const shapes = fc.json({ maxDepth: 8 }).map(utf8)
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 }), shapes), (bytes) => {
        try {
          decodeEnvelope(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(EventDecodeError)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['lone surrogates', '"\\ud800"'],
    ['NUL', '"\\u0000"'],
    ['right-to-left and combining marks', '"\u202ee\u0301"'],
    ['an integer beyond 2^53', '9007199254740993'],
    ['digit keys', '{"2":1,"1":2}'],
    ['duplicate keys', '{"a":1,"a":2}'],
    ['keys of Object.prototype', '{"constructor":1,"toString":2,"hasOwnProperty":3}'],
    ['a negative zero', '-0'],
  ])('odd but legal JSON is read: %s', (_what, value) => {
    const text = new TextDecoder().decode(wire({ payload: { after: 0 } })).replace('"after":0', `"after":${value}`)
    expect(decodeEnvelope(utf8(text)).payload.after).toEqual(JSON.parse(value))
  })
})
