import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineEvent } from '../definition/define-event.ts'
import type { EventDefinition } from '../definition/event-definition.ts'
import type { Upcaster, Upcasters } from '../definition/upcaster.ts'
import { EventValidationError } from '../errors/event-validation-error.ts'
import { decodeEnvelope, encodeEnvelope } from './envelope-codec.ts'
import type { Envelope, EventPayload } from './envelope.ts'
import { upcastEvent } from './upcast-event.ts'
import { validateEvent } from './validate-event.ts'

const envelope: Envelope = {
  eventId: '01900000-0000-7000-8000-000000000000',
  name: 'order.created',
  version: 1,
  correlationId: '01900000-0000-7000-8000-000000000000',
  timestamp: '2026-01-31T12:00:00.000Z',
  source: 'checkout',
  entity: { type: 'order', id: 'o-1' },
  action: 'created',
  payload: { after: { total: 12 } },
}

/** Version 1 has a total in euros, version 2 a total in cents, version 3 a currency. */
const OrderCreated = defineEvent('order.created', {
  version: 3,
  description: 'A new order was placed',
  payload: { after: z.object({ cents: z.int(), currency: z.string() }) },
  upcast: {
    1: ({ after }) => ({ after: { cents: z.object({ total: z.number() }).parse(after).total * 100 } }),
    2: ({ after }) => ({ after: { ...(after as object), currency: 'EUR' } }),
  },
})

/** As version 2, and version 1 becomes it so. */
function fromOneBy(upcaster: unknown): EventDefinition {
  return defineEvent('order.created', {
    version: 2,
    description: 'A new order was placed',
    payload: { after: z.unknown() },
    // Wrong on purpose in places: what JavaScript lets through is checked when it runs.
    upcast: { 1: upcaster as Upcaster },
  })
}

function failureOf(definition: EventDefinition, read: Envelope = envelope): EventValidationError {
  try {
    upcastEvent(definition, read)
  } catch (error) {
    if (error instanceof EventValidationError) return error
    throw error
  }
  throw new Error('it was upcast')
}

describe('an event of an older version', () => {
  it('becomes the newest, step by step, and tells which version was published', () => {
    const event = validateEvent(OrderCreated, envelope)
    expect(event).toEqual({
      ...envelope,
      version: 3,
      publishedVersion: 1,
      payload: { after: { cents: 1_200, currency: 'EUR' } },
    })
  })

  it('takes only the steps above its version', () => {
    const read = { ...envelope, version: 2, payload: { after: { cents: 7 } } }
    expect(validateEvent(OrderCreated, read)).toMatchObject({
      publishedVersion: 2,
      payload: { after: { cents: 7, currency: 'EUR' } },
    })
  })

  it('is validated once, by the newest schemas', () => {
    const read = { ...envelope, version: 2, payload: { after: { cents: 'many' } } }
    expect(() => validateEvent(OrderCreated, read)).toThrow(
      expect.objectContaining({
        code: 'EVENT_INVALID',
        issues: [expect.objectContaining({ path: 'payload.after.cents' })],
      }),
    )
  })

  it('keeps the keys that no upcaster knows where upcasters pass them on', () => {
    const read = { ...envelope, version: 2, payload: { after: { cents: 7, gift: true } } }
    expect(validateEvent(OrderCreated, read).payload.after).toEqual({ cents: 7, gift: true, currency: 'EUR' })
  })

  it('is on the wire as one of the newest version, which tells nothing of the older', () => {
    const read = decodeEnvelope(encodeEnvelope(validateEvent(OrderCreated, envelope)))
    expect(read.version).toBe(3)
    expect(read).not.toHaveProperty('publishedVersion')
  })

  it('is not known when it is older than the first upcaster', () => {
    const { upcast } = OrderCreated
    const definition = defineEvent('order.created', {
      version: 3,
      description: 'A new order was placed',
      payload: {},
      upcast: { 2: upcast?.[2] as Upcaster },
    })
    expect(() => validateEvent(definition, envelope)).toThrow(
      expect.objectContaining({
        code: 'EVENT_VERSION_UNKNOWN',
        message: 'order.created: version: is 1; this service knows versions 2 to 3',
      }),
    )
  })
})

describe('an event that needs no upcaster', () => {
  it.each([
    ['of the newest version', { version: 3 }],
    ['of a newer one', { version: 4 }],
    ['of another name', { name: 'order.paid' }],
  ])('%s comes back as it is', (_, fields) => {
    const read = { ...envelope, ...fields }
    expect(upcastEvent(OrderCreated, read)).toBe(read)
  })

  it('has no publishedVersion', () => {
    const read = { ...envelope, version: 3, payload: { after: { cents: 1, currency: 'EUR' } } }
    expect(validateEvent(OrderCreated, read)).not.toHaveProperty('publishedVersion')
  })
})

describe('an upcaster', () => {
  it('is told the facts of the event as it was published', () => {
    let told: unknown
    const definition = fromOneBy((payload: EventPayload, facts: unknown) => {
      told = facts
      return payload
    })
    upcastEvent(definition, envelope)
    const { payload: _payload, ...facts } = envelope
    expect(told).toEqual(facts)
    expect(Object.isFrozen(told)).toBe(true)
  })

  it('that throws fails the event by a code of its own, with the version and the cause', () => {
    const cause = new Error('no such customer: ada@example.com')
    const error = failureOf(
      fromOneBy(() => {
        throw cause
      }),
    )
    expect(error).toMatchObject({ code: 'EVENT_UPCAST_FAILED', cause, eventName: 'order.created' })
    expect(error.message).toBe('order.created: payload: upcast from version 1: it threw, see the cause')
  })

  it('cannot change what it was given, which fails', () => {
    const read = structuredClone(envelope)
    const change = (payload: EventPayload): EventPayload => {
      ;(payload.after as { total: number }).total = 0
      return payload
    }
    expect(failureOf(fromOneBy(change), read).cause).toBeInstanceOf(TypeError)
    expect(read).toEqual(envelope)
  })

  it('may return values that it keeps: nobody changes them, nor are they frozen', () => {
    const address = { lines: ['unknown'] }
    const definition = fromOneBy(() => ({ after: { address } }))
    const event = upcastEvent(definition, envelope)
    ;(event.payload.after as { address: { lines: string[] } }).address.lines.push('changed by a handler')
    expect(address).toEqual({ lines: ['unknown'] })
    expect(Object.isFrozen(address)).toBe(false)
  })

  it.each([
    ['nothing', undefined, 'payload: upcast from version 1: must be an object'],
    ['a list', [], 'payload: upcast from version 1: must be an object'],
    ['a date', { after: { at: new Date(0) } }, 'payload.after.at: upcast from version 1: is an instance of Date'],
    ['a circle', circle(), 'is nested deeper than 64 levels, or refers to itself'],
  ])('that returns %s fails the event', (_, result, message) => {
    const error = failureOf(fromOneBy(() => result))
    expect(error.code).toBe('EVENT_UPCAST_FAILED')
    expect(error.message).toContain(message)
  })

  it('that returns a promise fails the event, and a rejection of it harms nobody', async () => {
    const error = failureOf(fromOneBy(() => Promise.reject(new Error('late'))))
    expect(error.message).toContain('is a promise; upcasters are synchronous')
    // An unhandled rejection is reported after this turn, and would fail the run.
    await new Promise((resolve) => setImmediate(resolve))
  })
})

describe('any chain of upcasters', () => {
  const value = fc
    .jsonValue({ maxDepth: 3 })
    .map((each) => JSON.parse(JSON.stringify(each)) as unknown)
    // A key that cannot be carried safely is refused: a sentence of its own.
    .filter((each) => !JSON.stringify(each).includes('__proto__'))
  const payload = fc.record({ before: value, after: value, extra: value }, { requiredKeys: [] })
  /** What an upcaster may do: move a part, wrap one, add a constant, drop one. */
  const upcaster: fc.Arbitrary<Upcaster> = fc.oneof(
    fc.constant<Upcaster>(({ before, after, extra }) => plain({ before: after, after: before, extra })),
    fc.constant<Upcaster>(({ after, ...rest }) => plain({ ...rest, after: { wrapped: after } })),
    value.map(
      (added): Upcaster =>
        (given) => ({ ...given, extra: added }),
    ),
    fc.constant<Upcaster>(({ before: _before, ...rest }) => rest),
    fc.constant<Upcaster>((given, { version }) => ({ ...given, extra: version })),
  )
  const chain = fc.array(upcaster, { minLength: 1, maxLength: 6 })

  it('gives what its upcasters give one after the other, and leaves the event as it was', () => {
    fc.assert(
      fc.property(chain, payload, fc.nat(), fc.nat({ max: 3 }), (upcasters, given, pick, below) => {
        const newest = upcasters.length + below + 1
        const oldest = below + 1
        const version = oldest + (pick % upcasters.length)
        const upcast: Upcasters = Object.fromEntries(upcasters.map((each, index) => [oldest + index, each]))
        const definition = defineEvent('order.created', { version: newest, description: 'x', payload: {}, upcast })
        const read: Envelope = { ...envelope, version, payload: given }
        const before = structuredClone(read)

        let expected: EventPayload = given
        const { payload: _payload, ...facts } = read
        for (const each of upcasters.slice(version - oldest)) expected = each(expected, facts)
        const event = upcastEvent(definition, read)
        expect(event).toEqual({ ...read, payload: expected, version: newest, publishedVersion: version })
        expect(read).toEqual(before)
      }),
    )
  })
})

function plain(given: EventPayload): EventPayload {
  return JSON.parse(JSON.stringify(given)) as EventPayload
}

function circle(): unknown {
  const after: Record<string, unknown> = {}
  after['itself'] = after
  return { after }
}
