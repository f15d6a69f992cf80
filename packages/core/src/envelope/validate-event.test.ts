import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineEvent } from '../definition/define-event.ts'
import { EventValidationError } from '../errors/event-validation-error.ts'
import type { Envelope } from './envelope.ts'
import { validateEvent } from './validate-event.ts'

const OrderCreated = defineEvent('order.created', {
  version: 2,
  description: 'A new order was placed',
  requireActor: true,
  requireEntity: true,
  payload: {
    after: z.object({
      total: z.number(),
      currency: z.string().default('EUR'),
      items: z.array(z.object({ sku: z.string() })).default([]),
    }),
    extra: z.object({ source: z.string() }).optional(),
  },
})

const envelope: Envelope = {
  eventId: '01900000-0000-7000-8000-000000000000',
  name: 'order.created',
  version: 2,
  correlationId: '01900000-0000-7000-8000-000000000000',
  timestamp: '2026-01-31T12:00:00.000Z',
  source: 'checkout',
  entity: { type: 'order', id: 'o-1' },
  action: 'created',
  actor: { type: 'user', id: 'u-1' },
  payload: { after: { total: 1, currency: 'USD', items: [] } },
}

function errorOf(read: Envelope): EventValidationError {
  try {
    validateEvent(OrderCreated, read)
  } catch (error) {
    if (error instanceof EventValidationError) return error
    throw error
  }
  throw new Error('the event was found right')
}

describe('an event that was read', () => {
  it('is what the schemas say', () => {
    expect(validateEvent(OrderCreated, envelope)).toEqual(envelope)
  })

  it('gets the defaults of its schemas', () => {
    const event = validateEvent(OrderCreated, { ...envelope, payload: { after: { total: 1 } } })
    expect(event.payload).toEqual({ after: { total: 1, currency: 'EUR', items: [] } })
  })

  it('keeps what no schema declares, at every level', () => {
    const payload = {
      after: { total: 1, currency: 'EUR', items: [{ sku: 'a', weight: 3 }, { sku: 'b' }], coupon: { code: 'X' } },
      before: { total: 0 },
      note: 'from a newer publisher',
    }
    expect(validateEvent(OrderCreated, { ...envelope, payload }).payload).toEqual(payload)
  })

  it('is not changed in place', () => {
    const payload = { after: { total: 1, items: [{ sku: 'a', weight: 3 }] } }
    const before = structuredClone(payload)
    validateEvent(OrderCreated, { ...envelope, payload })
    expect(payload).toEqual(before)
  })

  it('keeps unknown keys beside a schema that freezes its output', () => {
    const Definition = defineEvent('thing.happened', {
      version: 1,
      description: 'x',
      payload: { after: z.object({ a: z.number() }).readonly() },
    })
    const read = { ...envelope, name: 'thing.happened', version: 1, payload: { after: { a: 1, b: 2 } } }
    expect(validateEvent(Definition, read).payload).toEqual({ after: { a: 1, b: 2 } })
  })

  it('cannot set the prototype of anything', () => {
    const payload = JSON.parse('{"after":{"total":1,"__proto__":{"admin":true}},"__proto__":{"admin":true}}')
    const event = validateEvent(OrderCreated, { ...envelope, payload })
    expect(Object.getPrototypeOf(event.payload)).toBe(Object.prototype)
    expect(Object.getPrototypeOf(event.payload.after)).toBe(Object.prototype)
    expect('admin' in event.payload.after || 'admin' in {}).toBe(false)
  })

  it('is refused by a strict object of the user', () => {
    const Definition = defineEvent('thing.happened', {
      version: 1,
      description: 'x',
      payload: { after: z.strictObject({ a: z.number() }) },
    })
    const read = { ...envelope, name: 'thing.happened', version: 1, payload: { after: { a: 1, b: 2 } } }
    expect(() => validateEvent(Definition, read)).toThrow('payload.after.b: is not declared')
  })

  it('is refused with every path when it does not fit', () => {
    const { entity: _entity, actor: _actor, ...bare } = envelope
    const error = errorOf({ ...bare, payload: { after: { total: '1', items: [{}] } } })
    expect(error.code).toBe('EVENT_INVALID')
    expect(error.eventName).toBe('order.created')
    expect(error.issues.map((issue) => issue.path)).toEqual([
      'entity',
      'actor',
      'payload.after.total',
      'payload.after.items[0].sku',
    ])
  })

  it('is refused for a missing actor alone', () => {
    const { actor: _actor, ...withoutActor } = envelope
    expect(errorOf(withoutActor).issues).toEqual([{ path: 'actor', message: 'is missing; the definition requires it' }])
  })

  it('keeps its shape where a schema turns a list into something else', () => {
    const Definition = defineEvent('thing.happened', {
      version: 1,
      description: 'x',
      payload: { after: z.coerce.string() },
    })
    const read = { ...envelope, name: 'thing.happened', version: 1, payload: { after: [1, 2] } }
    expect(validateEvent(Definition, read).payload).toEqual({ after: '1,2' })
  })

  it('is refused when it is another event', () => {
    expect(errorOf({ ...envelope, name: 'order.paid' }).issues).toEqual([
      { path: 'name', message: 'is not order.created' },
    ])
  })

  it('is refused by a code of its own when its version is unknown', () => {
    const error = errorOf({ ...envelope, version: 3 })
    expect(error.code).toBe('EVENT_VERSION_UNKNOWN')
    expect(error.message).toBe('order.created: version: is 3; this service knows version 2')
  })

  it('is refused by a code of its own when the schema throws', () => {
    const cause = new Error('broken refinement')
    const Definition = defineEvent('order.created', {
      version: 2,
      description: 'x',
      payload: {
        after: z.unknown().refine(() => {
          throw cause
        }),
      },
    })
    expect(() => validateEvent(Definition, envelope)).toThrow(
      expect.objectContaining({ code: 'EVENT_SCHEMA_FAILED', cause }),
    )
  })
})
