import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineEvent } from '../definition/define-event.ts'
import { EventValidationError } from '../errors/event-validation-error.ts'
import type { Clock } from '../ports/clock.ts'
import { createEnvelope, type EnvelopeOptions } from './create-envelope.ts'
import { decodeEnvelope, encodeEnvelope } from './envelope-codec.ts'

const id = (last: string): string => `01900000-0000-7000-8000-${last.padStart(12, '0')}`

const clock: Pick<Clock, 'nowMs'> = { nowMs: () => Date.UTC(2026, 0, 31, 12) }
const options: EnvelopeOptions = {
  source: 'checkout',
  // Nothing else of a clock is used.
  clock: clock as Clock,
  ids: { next: () => id('1') },
}

const OrderCreated = defineEvent('order.created', {
  version: 3,
  description: 'A new order was placed',
  requireActor: true,
  requireEntity: true,
  payload: {
    after: z.object({
      total: z.number(),
      currency: z.string().default('EUR'),
      items: z.array(z.object({ sku: z.string() })).optional(),
    }),
    extra: z.object({ source: z.string() }).optional(),
  },
})
const actor = { type: 'user', id: 'u-1' }
const sound = { entityId: 'o-1', actor, payload: { after: { total: 100 } } }

const Anything = defineEvent('thing.happened', {
  version: 1,
  description: 'Something happened',
  payload: { after: z.unknown(), extra: z.unknown() },
})

function issuesOf(attempt: () => unknown): Record<string, string> {
  try {
    attempt()
  } catch (error) {
    if (error instanceof EventValidationError) {
      return Object.fromEntries(error.issues.map((issue) => [issue.path, issue.message]))
    }
    throw error
  }
  return {}
}

/** Publishes what the compiler would refuse. */
function wrong(input: unknown, given: Partial<EnvelopeOptions> = {}): Record<string, string> {
  return issuesOf(() => createEnvelope(OrderCreated, input as typeof sound, { ...options, ...given }))
}

function ofAfter(after: unknown): Record<string, string> {
  return issuesOf(() => createEnvelope(Anything, { payload: { after } }, options))
}

describe('an envelope', () => {
  it('takes its facts from the definition, the input and the surroundings', () => {
    expect(createEnvelope(OrderCreated, sound, options)).toEqual({
      eventId: id('1'),
      name: 'order.created',
      version: 3,
      correlationId: id('1'),
      timestamp: '2026-01-31T12:00:00.000Z',
      source: 'checkout',
      entity: { type: 'order', id: 'o-1' },
      action: 'created',
      actor: { type: 'user', id: 'u-1' },
      payload: { after: { total: 100, currency: 'EUR' } },
    })
  })

  it('keeps everything the publisher may set', () => {
    const envelope = createEnvelope(
      OrderCreated,
      {
        ...sound,
        entityType: 'basket',
        organizationId: 'acme',
        correlationId: id('a'),
        causationId: id('b'),
        eventId: id('c'),
        timestamp: '2026-01-31T13:30:00+01:00',
        key: 'k',
        headers: { 'x-request': '1' },
        metrics: { processingTimeMs: 135, customMetrics: { items: 2 } },
        payload: { after: { total: 1 }, extra: { source: 'web' } },
      },
      options,
    )
    expect(envelope).toMatchObject({
      entity: { type: 'basket', id: 'o-1' },
      organizationId: 'acme',
      correlationId: id('a'),
      causationId: id('b'),
      eventId: id('c'),
      timestamp: '2026-01-31T12:30:00.000Z',
      metrics: { processingTimeMs: 135, customMetrics: { items: 2 } },
      payload: { after: { total: 1, currency: 'EUR' }, extra: { source: 'web' } },
    })
    expect(envelope).not.toHaveProperty('key')
    expect(envelope).not.toHaveProperty('headers')
  })

  it('begins a story of its own where nothing came before: its correlation id is its event id', () => {
    const envelope = createEnvelope(OrderCreated, { ...sound, eventId: id('9') }, options)
    expect(envelope.correlationId).toBe(id('9'))
    expect(envelope).not.toHaveProperty('causationId')
  })

  it('follows the event being handled', () => {
    const context = { correlationId: id('a'), causationId: id('b') }
    const envelope = createEnvelope(OrderCreated, sound, { ...options, context })
    expect(envelope).toMatchObject({ correlationId: id('a'), causationId: id('b') })
  })

  it('prefers what the publish says to the event being handled', () => {
    const context = { correlationId: id('a'), causationId: id('b') }
    const input = { ...sound, correlationId: id('c'), causationId: id('d') }
    expect(createEnvelope(OrderCreated, input, { ...options, context })).toMatchObject({
      correlationId: id('c'),
      causationId: id('d'),
    })
  })

  it('treats undefined as absent everywhere', () => {
    const input = { ...sound, organizationId: undefined, metrics: undefined, timestamp: undefined, headers: undefined }
    expect(createEnvelope(OrderCreated, input, options)).toEqual(createEnvelope(OrderCreated, sound, options))
  })

  it('has no entity where none is given and none required', () => {
    expect(createEnvelope(Anything, {}, options)).not.toHaveProperty('entity')
  })

  it('can be decoded by every consumer with the limits it has by default', () => {
    const after = { list: Array.from({ length: 9_000 }, (_, index) => index) }
    const keys = Object.fromEntries(Array.from({ length: 9_899 }, (_, index) => [`key${index}`, index]))
    for (const value of [after, keys, nested(62), '\u2028\u0000😀', null, -1.5e300]) {
      const envelope = createEnvelope(Anything, { payload: { after: value } }, options)
      expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope)
    }
  })
})

describe('a publish is refused, with the path,', () => {
  it('when a value does not fit its schema', () => {
    const payload = { after: { total: '100', items: [{ sku: 'a' }, { sku: 1 }] } }
    expect(wrong({ ...sound, payload })).toEqual({
      'payload.after.total': 'Invalid input: expected number, received string',
      'payload.after.items[1].sku': 'Invalid input: expected string, received number',
    })
  })

  it('when a key is not declared, however deep', () => {
    const payload = { after: { total: 1, 'odd key': 1, items: [{ sku: 'a', colour: 'red' }] } }
    expect(Object.keys(wrong({ ...sound, payload }))).toEqual([
      'payload.after["odd key"]',
      'payload.after.items[0].colour',
    ])
  })

  it('when a key is not declared in an instance of a class either', () => {
    class Order {
      readonly total = 1
      readonly secret = 'x'
    }
    expect(Object.keys(wrong({ ...sound, payload: { after: new Order() } }))).toEqual(['payload.after.secret'])
  })

  it('when a part is missing, not declared, or the payload is no object', () => {
    expect(Object.keys(wrong({ ...sound, payload: { before: {}, after: { total: 1 } } }))).toEqual(['payload.before'])
    expect(Object.keys(wrong({ ...sound, payload: {} }))).toEqual(['payload.after'])
    expect(Object.keys(wrong({ ...sound, payload: undefined }))).toEqual(['payload.after'])
    expect(wrong({ ...sound, payload: [1] })).toEqual({ payload: 'must be an object' })
    expect(wrong({ ...sound, payload: 'text' })).toEqual({ payload: 'must be an object' })
  })

  it('when a field of the publish is unknown or the publish is no object', () => {
    expect(wrong({ ...sound, entityID: 'o-1' })).toEqual({ entityID: 'is no field of a publish' })
    expect(wrong(undefined)).toEqual({ '': 'must be an object with the payload' })
  })

  it('when the required entity or actor is missing', () => {
    expect(wrong({ payload: sound.payload })).toEqual({
      entityId: 'is missing; the definition requires it',
      actor: 'is missing; the definition requires it',
    })
  })

  it('when an actor has too little or too much', () => {
    expect(wrong({ ...sound, actor: { type: 'user', name: 'Ann' } })).toEqual({
      'actor.id': 'must be a text that is not empty',
      'actor.name': 'is neither type nor id',
    })
    expect(wrong({ ...sound, actor: 'u-1' })).toEqual({ actor: 'must be an object with type and id' })
  })

  it('when an entity type stands there without an entity', () => {
    expect(issuesOf(() => createEnvelope(Anything, { entityType: 'order' }, options))).toEqual({
      entityType: 'has no entityId beside it',
    })
  })

  it.each(['', 'a\nb', 'a\u0000', '\ud800', 'x'.repeat(1_025), 7, null])('when an id is %j', (entityId) => {
    expect(Object.keys(wrong({ ...sound, entityId, organizationId: entityId }))).toEqual(['organizationId', 'entityId'])
  })

  it('when an id is no UUID, also one that the surroundings gave', () => {
    expect(wrong({ ...sound, eventId: '1', correlationId: 'req-7', causationId: '' })).toEqual({
      eventId: 'must be a UUID',
      correlationId: 'must be a UUID',
      causationId: 'must be a UUID',
    })
    expect(Object.keys(wrong(sound, { context: { correlationId: 'req-7', causationId: 'x' } }))).toEqual([
      'context.correlationId',
      'context.causationId',
    ])
    expect(wrong(sound, { ids: { next: () => '1' } })).toHaveProperty('eventId')
  })

  it.each(['2026-02-30T00:00:00Z', '2026-01-31', 'yesterday', 1_769_860_800_000, new Date(0)])(
    'when the timestamp is %s',
    (timestamp) => {
      expect(Object.keys(wrong({ ...sound, timestamp }))).toEqual(['timestamp'])
    },
  )

  it('when metrics are unknown or no finite numbers', () => {
    const metrics = { processingTimeMs: Number.NaN, cpuMs: 1, customMetrics: { items: '3' } }
    expect(Object.keys(wrong({ ...sound, metrics }))).toEqual([
      'metrics.processingTimeMs',
      'metrics.cpuMs',
      'metrics.customMetrics.items',
    ])
    expect(wrong({ ...sound, metrics: 5 })).toEqual({ metrics: 'must be an object' })
    expect(wrong({ ...sound, metrics: { customMetrics: [] } })).toHaveProperty(['metrics.customMetrics'])
    const customMetrics: unknown = JSON.parse('{"__proto__":1}')
    expect(Object.keys(wrong({ ...sound, metrics: { customMetrics } }))).toEqual(['metrics.customMetrics.__proto__'])
  })

  it('when there are more than 50 custom metrics', () => {
    const customMetrics = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`m${index}`, index]))
    expect(wrong({ ...sound, metrics: { customMetrics } })).toEqual({
      'metrics.customMetrics': 'has more than 50 figures',
    })
  })

  it('when the source is no URI reference', () => {
    expect(Object.keys(wrong(sound, { source: 'check out' }))).toEqual(['source'])
    expect(Object.keys(wrong(sound, { source: '' }))).toEqual(['source'])
    expect(wrong(sound, { source: 'https://shop.example/checkout' })).toEqual({})
  })

  it('when the key is empty or not well-formed', () => {
    expect(Object.keys(wrong({ ...sound, key: '' }))).toEqual(['key'])
    expect(Object.keys(wrong({ ...sound, key: '\ud800' }))).toEqual(['key'])
    expect(Object.keys(wrong({ ...sound, key: 1 }))).toEqual(['key'])
    expect(wrong({ ...sound, key: null })).toEqual({})
  })

  it('when a header is ours or no text', () => {
    const headers = { 'lb-replay-id': 'x', CE_ID: 'x', 'content-type': 'text/plain', n: 1, ok: 'x' }
    expect(Object.keys(wrong({ ...sound, headers }))).toEqual([
      'headers["lb-replay-id"]',
      'headers.CE_ID',
      'headers["content-type"]',
      'headers.n',
    ])
  })

  it('however many values do not fit', () => {
    const items = Array.from({ length: 200_000 }, () => ({ sku: 1 }))
    expect(Object.keys(wrong({ ...sound, payload: { after: { total: 1, items } } }))).toHaveLength(200_000)
  })

  it('with everything that is wrong at once, and none of the values', () => {
    const attempt = (): unknown =>
      createEnvelope(
        OrderCreated,
        { ...sound, eventId: 'secret-1', payload: { after: { total: 'secret-2' } } } as never,
        options,
      )
    expect(attempt).toThrow('order.created: eventId: must be a UUID; payload.after.total: Invalid input')
    expect(attempt).not.toThrow(/secret/)
  })
})

describe('what JSON cannot carry is refused, with the path:', () => {
  it.each([
    ['a bigint', 1n, 'is a bigint'],
    ['a date', new Date(0), 'is an instance of Date'],
    ['a map', new Map(), 'is an instance of Map'],
    ['a set', new Set(), 'is an instance of Set'],
    ['bytes', new Uint8Array(1), 'is an instance of Uint8Array'],
    ['a URL', new URL('https://example.org'), 'is an instance of URL'],
    ['NaN', Number.NaN, 'is NaN'],
    ['Infinity', Number.POSITIVE_INFINITY, 'is Infinity'],
    ['a function', () => 1, 'is a function'],
    ['a symbol', Symbol('x'), 'is a symbol'],
    ['an instance of a class without a name', Object.create({ constructor: undefined }), 'is an instance of a class'],
  ])('%s', (_what, value, message) => {
    expect(ofAfter({ list: [{ value }] })).toEqual({ 'payload.after.list[0].value': expect.stringContaining(message) })
  })

  it('undefined and holes in lists, which would become null', () => {
    const list = [1, undefined, 3, 2]
    Reflect.deleteProperty(list, 2)
    expect(Object.keys(ofAfter(list))).toEqual(['payload.after[1]', 'payload.after[2]'])
  })

  it('a key __proto__', () => {
    expect(ofAfter(JSON.parse('{"a":{"__proto__":{"admin":true}}}'))).toEqual({
      'payload.after.a.__proto__': 'is a key that cannot be carried safely',
    })
  })

  it('nesting deeper than 64 levels, of which the envelope takes two', () => {
    expect(ofAfter(nested(62))).toEqual({})
    expect(Object.values(ofAfter(nested(63)))).toEqual(['is nested deeper than 64 levels, or refers to itself'])
  })

  it('a value that refers to itself', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    expect(Object.values(ofAfter(circle))).toEqual(['is nested deeper than 64 levels, or refers to itself'])
  })

  it('more than 9,900 keys over all parts', () => {
    const keys = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key${index}`, index]))
    expect(issuesOf(() => createEnvelope(Anything, { payload: { after: keys, extra: keys } }, options))).toEqual({
      payload: 'has more than 9900 keys',
    })
  })

  it('but undefined of a key is the same as its absence', () => {
    expect(ofAfter({ a: undefined })).toEqual({})
  })

  it('but an object without prototype is an object', () => {
    expect(ofAfter(Object.assign(Object.create(null), { a: 1 }))).toEqual({})
  })
})

describe('what a schema keeps, a publish may carry:', () => {
  const publish = (schema: z.ZodType, after: unknown): Record<string, string> => {
    const Definition = defineEvent('thing.happened', { version: 1, description: 'x', payload: { after: schema } })
    return issuesOf(() => createEnvelope(Definition, { payload: { after } }, options))
  }

  it('unknown keys of loose objects, catchalls and records', () => {
    expect(publish(z.looseObject({ a: z.number() }), { a: 1, b: { c: 2 } })).toEqual({})
    expect(publish(z.object({}).catchall(z.number()), { b: 1 })).toEqual({})
    expect(publish(z.record(z.string(), z.number()), { b: 1 })).toEqual({})
    expect(publish(z.unknown(), { b: 1 })).toEqual({})
  })

  it('the keys of both sides of an intersection', () => {
    const both = z.intersection(z.object({ a: z.number() }), z.object({ b: z.number() }))
    expect(publish(both, { a: 1, b: 2 })).toEqual({})
    expect(Object.keys(publish(both, { a: 1, b: 2, c: 3 }))).toEqual(['payload.after.c'])
  })

  it('the keys of the member of a union that fits first', () => {
    const wideFirst = z.union([z.object({ a: z.number(), b: z.number() }), z.object({ a: z.number() })])
    expect(publish(wideFirst, { a: 1, b: 2 })).toEqual({})
    const narrowFirst = z.union([z.object({ a: z.number() }), z.object({ a: z.number(), b: z.number() })])
    expect(Object.keys(publish(narrowFirst, { a: 1, b: 2 }))).toEqual(['payload.after.b'])
  })

  it('not those of strict objects, each with its own path', () => {
    expect(publish(z.strictObject({}), { a: 1, b: 2 })).toEqual({
      'payload.after.a': expect.stringContaining('is not declared'),
      'payload.after.b': expect.stringContaining('is not declared'),
    })
  })
})

describe('a schema that cannot answer', () => {
  const event = (schema: z.ZodType): (() => unknown) => {
    const Definition = defineEvent('thing.happened', { version: 1, description: 'x', payload: { after: schema } })
    return () => createEnvelope(Definition, { payload: { after: 'text' } }, options)
  }

  it('is an error of its own, with what it threw as cause', () => {
    const cause = new TypeError('x is not a function')
    const attempt = event(
      z.string().refine(() => {
        throw cause
      }),
    )
    expect(attempt).toThrow(expect.objectContaining({ code: 'EVENT_SCHEMA_FAILED', cause }))
    expect(attempt).toThrow('payload.after: could not be checked, the schema itself threw; see the cause')
  })

  it('because it is async is named so', () => {
    expect(event(z.string().superRefine(async () => undefined))).toThrow(
      'payload.after: has an async schema; events are checked synchronously',
    )
  })

  it('that recurses with a value that refers to itself is stopped', () => {
    const Tree: z.ZodType = z.object({
      get child() {
        return Tree.optional()
      },
    })
    const Definition = defineEvent('tree.grown', { version: 1, description: 'x', payload: { after: Tree } })
    const circle: Record<string, unknown> = {}
    circle['child'] = circle
    expect(issuesOf(() => createEnvelope(Definition, { payload: { after: circle } }, options))).toEqual({
      [`payload.after${'.child'.repeat(62)}`]: 'is nested deeper than 64 levels, or refers to itself',
    })
  })
})

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level += 1) value = [value]
  return value
}
