import { type AuditRecord, decodeEnvelope, isLedgerbusError } from '@ledgerbus/core'
import { aConsumerRecord, builderTimeMs } from '@ledgerbus/testkit'
import fc from 'fast-check'

const quote = (text: string): string => JSON.stringify(text)

/** Some characters of a text as escapes that JSON need not have written. */
const escaped = (text: string): string =>
  `"${[...text].map((character, at) => (at % 2 === 0 ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : character)).join('')}"`

const scalars: readonly string[] = [
  ...['null', 'true', 'false', '0', '-0', '1', '-2', '3', '2.5', '1.0', '1e3', '1000', '1000.0', '0.1', '1e-7'],
  ...['9007199254740993', '-9007199254740993', '9223372036854775807', '12345678901234567890', '1e300', '5e-324'],
  // The server cannot read an event with one of these, JSON.parse can.
  ...['18446744073709551616', '1e400', '"\\ud800"'],
  ...[
    '""',
    '"a"',
    '"ab"',
    '"b"',
    '"5"',
    '"1000"',
    '"true"',
    '"null"',
    '"\uFFFD"',
    '"😀"',
    '"\\u0000"',
    '"a\\"b"',
    '"\\/"',
  ],
  ...[escaped('a'), escaped('ab'), quote('x'.repeat(70)), quote('ä'), '"\\u00e4"'],
]
const keys = ['a', 'b', 'c', 'constructor', '__proto__', 'ä', 'a.b', 'after', 'payload'] as const

/** JSON as a stranger may write it: names twice in one object, escapes, blanks, numbers in every form. */
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 3, arbitrary: fc.constantFrom(...scalars) },
    { weight: 1, arbitrary: fc.array(tie('json'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`) },
    { weight: 3, arbitrary: objectOf(tie('json')) },
  ),
}))

function objectOf(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const name = fc.tuple(fc.constantFrom(...keys), fc.boolean()).map(([key, odd]) => (odd ? escaped(key) : quote(key)))
  const plain = fc.constantFrom('a', 'b', 'c').map(quote)
  const member = fc.tuple(fc.oneof({ weight: 4, arbitrary: plain }, name), value, fc.constantFrom('', ' ', '\n\t'))
  return fc
    .array(
      member.map(([key, text, blank]) => `${key}${blank}:${text}`),
      { maxLength: 4 },
    )
    .map((members) => `{${members.join(' ,')}}`)
}

const texts = ['checkout', 'a', 'ab', '\\ud800', '\uFFFD', '\\ud83d\\ude00', '\\u0061', 'Ａ'] as const
const ids = ['0192a000-0000-7000-8000-000000000001', '0192A000-0000-7000-8000-00000000000A'] as const
const subject = fc.tuple(fc.constantFrom('order', 'user'), fc.constantFrom(...texts))

/** The text of an event, as it may stand in a value. */
const eventText: fc.Arbitrary<string> = fc
  .record({
    id: fc.constantFrom(...ids),
    name: fc.constantFrom('order.created', 'order.paid', 'user.created'),
    version: fc.constantFrom(1, 2, 65_535),
    cause: fc.constantFrom(undefined, ...ids, '00000000-0000-0000-0000-000000000000'),
    timestamp: fc.constantFrom('2026-01-31T12:00:00.000Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'),
    source: fc.constantFrom(...texts),
    organization: fc.constantFrom(undefined, ...texts),
    entity: fc.option(subject, { nil: undefined }),
    after: fc.array(objectOf(json), { minLength: 1, maxLength: 2 }),
    before: fc.option(json, { nil: undefined }),
    twice: fc.constantFrom('', '', '', ',"payload":{"after":{"a":1,"b":"ab"}}', ',"payl\\u006fad":{"after":{"a":2.5}}'),
  })
  .map(({ id, name, version, cause, timestamp, source, organization, entity, after, before, twice }) => {
    const payload = [...after.map((text) => `"after":${text}`), ...(before === undefined ? [] : [`"before":${before}`])]
    const parts = [
      `"event_id":"${id}","name":"${name}","version":${version},"correlation_id":"${id}","timestamp":"${timestamp}"`,
      ...(cause === undefined ? [] : [`"causation_id":"${cause}"`]),
      `"source":"${source}","action":"created"`,
      ...(organization === undefined ? [] : [`"organization_id":"${organization}"`]),
      ...(entity === undefined ? [] : [`"entity":{"type":"${entity[0]}","id":"${entity[1]}"}`]),
      `"payload":{${payload.join(',')}}${twice}`,
    ]
    return `{${parts.join(',')}}`
  })

const utf8 = new TextEncoder()
const headerValue = fc.constantFrom<Uint8Array | null>(
  null,
  utf8.encode('a'),
  utf8.encode('ab'),
  Uint8Array.of(0xef, 0xbb, 0xbf, 0x61),
  Uint8Array.of(0xff),
)
const headers = fc.array(fc.record({ name: fc.constantFrom('h', 'k'), value: headerValue }), { maxLength: 3 })

/** Records of one partition, some read through a schema registry, some without an event. */
export function hostileEvents(topic: string, count: number, seed: number): readonly AuditRecord[] {
  return fc
    .sample(fc.tuple(eventText, headers, fc.nat(9)), { numRuns: count, seed })
    .map(([text, given, kind], index) => {
      const bytes = utf8.encode(text)
      const value =
        kind === 0 ? null : kind === 1 ? utf8.encode(`${text},`) : kind === 2 ? Uint8Array.of(0, 0, 0, 0, 7) : bytes
      const coordinates = { topic, offset: BigInt(index), timestampMs: builderTimeMs + BigInt(index) }
      const record = { ...aConsumerRecord({ ...coordinates, value }), headers: given }
      if (value === null) return { record, reading: { status: 'tombstone' } }
      try {
        const envelope = decodeEnvelope(kind === 2 ? bytes : value)
        return kind === 2
          ? { record, reading: { status: 'ok', envelope, format: 'confluent-json', decoded: text } }
          : { record, reading: { status: 'ok', envelope, format: 'json' } }
      } catch (error) {
        if (!isLedgerbusError(error)) throw error
        return { record, reading: { status: 'undecodable', problem: error.message } }
      }
    })
}
