import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { Envelope, EventSubject } from '../envelope/envelope.ts'
import { defineEvent } from './define-event.ts'
import type { EventDefinition, EventInput, EventOf, PayloadInput } from './event-definition.ts'

const OrderCreated = defineEvent('order.created', {
  version: 1,
  description: 'A new order was placed',
  requireActor: true,
  requireEntity: true,
  payload: {
    after: z.object({ total: z.number(), currency: z.string().default('EUR') }),
    extra: z.object({ source: z.string() }).optional(),
  },
})

const OrderChanged = defineEvent('order.changed', {
  version: 1,
  description: 'An order was changed',
  payload: { before: z.object({ total: z.number() }), after: z.object({ total: z.number() }) },
})

const CacheCleared = defineEvent('cache.cleared', { version: 1, description: 'The cache was emptied', payload: {} })

describe('the type of a definition', () => {
  it('keeps the name, the parts and the requirements as they were written', () => {
    expectTypeOf(OrderCreated.name).toEqualTypeOf<'order.created'>()
    expectTypeOf(OrderCreated.requireActor).toEqualTypeOf<true>()
    expectTypeOf(OrderCreated.requireEntity).toEqualTypeOf<true>()
    expectTypeOf(OrderCreated.payload).toHaveProperty('after')
    expectTypeOf(OrderCreated.payload).not.toHaveProperty('before')
  })

  it('requires neither actor nor entity unless told', () => {
    expectTypeOf(OrderChanged.requireActor).toEqualTypeOf<false>()
    expectTypeOf(OrderChanged.requireEntity).toEqualTypeOf<false>()
  })

  it('fits the type of any definition, so that definitions make lists', () => {
    expectTypeOf(OrderCreated).toExtend<EventDefinition>()
    expectTypeOf(CacheCleared).toExtend<EventDefinition>()
    const all: readonly EventDefinition[] = [OrderCreated, OrderChanged, CacheCleared]
    expectTypeOf(all).toExtend<readonly EventDefinition[]>()
  })

  it('is read-only', () => {
    // @ts-expect-error the version of a definition cannot be assigned
    OrderCreated.version = 2
    // @ts-expect-error the schema of a part cannot be assigned
    OrderCreated.payload.after = z.object({})
  })
})

describe('the type of an event', () => {
  type Created = EventOf<typeof OrderCreated>

  it('has the outputs of the schemas', () => {
    expectTypeOf<Created['payload']['after']>().toEqualTypeOf<{ total: number; currency: string }>()
  })

  it('has an optional part where the schema gives undefined', () => {
    expectTypeOf<Created['payload']['extra']>().toEqualTypeOf<{ source: string } | undefined>()
    expectTypeOf<{ after: { total: number; currency: string } }>().toExtend<Created['payload']>()
  })

  it('has no part that is not declared', () => {
    expectTypeOf<Created['payload']>().not.toHaveProperty('before')
    expectTypeOf<keyof EventOf<typeof CacheCleared>['payload']>().toEqualTypeOf<never>()
  })

  it('always has actor and entity where they are required', () => {
    expectTypeOf<Created['actor']>().toEqualTypeOf<EventSubject>()
    expectTypeOf<Created['entity']>().toEqualTypeOf<EventSubject>()
  })

  it('may lack actor and entity where they are not required', () => {
    expectTypeOf<EventOf<typeof OrderChanged>['actor']>().toEqualTypeOf<EventSubject | undefined>()
    expectTypeOf<EventOf<typeof OrderChanged>['entity']>().toEqualTypeOf<EventSubject | undefined>()
  })

  it('is an envelope', () => {
    expectTypeOf<Created>().toExtend<Envelope>()
    expectTypeOf<EventOf<EventDefinition>>().toExtend<Envelope>()
    expectTypeOf<Envelope>().toExtend<EventOf<EventDefinition>>()
  })

  it('is told apart by its name in a union', () => {
    const total = (event: EventOf<typeof OrderCreated> | EventOf<typeof OrderChanged>): number =>
      event.name === 'order.changed' ? event.payload.before.total : event.payload.after.total
    expectTypeOf(total).returns.toBeNumber()
  })
})

describe('the type of what publish takes', () => {
  const publish = <Definition extends EventDefinition>(_definition: Definition, _input: EventInput<Definition>): void =>
    undefined
  const actor = { type: 'user', id: 'u-1' }

  it('takes the inputs of the schemas: what has a default may be left out', () => {
    publish(OrderCreated, { entityId: 'o-1', actor, payload: { after: { total: 1 } } })
    publish(OrderCreated, { entityId: 'o-1', actor, payload: { after: { total: 1, currency: 'USD' } } })
    expectTypeOf<PayloadInput<(typeof OrderCreated)['payload']>>().toEqualTypeOf<{
      readonly before?: never
      readonly after: { total: number; currency?: string | undefined }
      readonly extra?: { source: string } | undefined
    }>()
  })

  it('takes every field of the envelope that a publisher may set', () => {
    publish(OrderCreated, {
      entityId: 'o-1',
      entityType: 'order',
      actor,
      organizationId: 'acme',
      correlationId: '01900000-0000-7000-8000-000000000000',
      causationId: undefined,
      timestamp: '2026-01-31T12:00:00Z',
      eventId: '01900000-0000-7000-8000-000000000001',
      key: null,
      headers: { 'x-request': '1' },
      metrics: { processingTimeMs: 1, customMetrics: { items: 3 } },
      payload: { after: { total: 1 }, extra: { source: 'web' } },
    })
  })

  it('needs no payload where no part is required', () => {
    publish(CacheCleared, {})
    publish(CacheCleared, { payload: {} })
  })

  it('refuses a value of the wrong type', () => {
    // @ts-expect-error total is a number
    publish(OrderCreated, { entityId: 'o-1', actor, payload: { after: { total: '1' } } })
  })

  it('refuses a missing part and a missing key', () => {
    // @ts-expect-error after is declared and not optional
    publish(OrderCreated, { entityId: 'o-1', actor, payload: {} })
    // @ts-expect-error total is missing
    publish(OrderCreated, { entityId: 'o-1', actor, payload: { after: {} } })
    // @ts-expect-error the payload is missing
    publish(OrderCreated, { entityId: 'o-1', actor })
  })

  it('refuses a part that is not declared', () => {
    // @ts-expect-error before is not declared
    publish(OrderCreated, { entityId: 'o-1', actor, payload: { after: { total: 1 }, before: { total: 1 } } })
    // @ts-expect-error nothing is declared
    publish(CacheCleared, { payload: { after: 1 } })
  })

  it('refuses a part that is not declared also in a payload made elsewhere', () => {
    const payload = { before: { total: 1 }, after: { total: 2 } }
    // @ts-expect-error before is not declared
    publish(OrderCreated, { entityId: 'o-1', actor, payload })
  })

  it('refuses unknown keys, of the publish and inside the payload', () => {
    // @ts-expect-error colour is not declared
    publish(OrderCreated, { entityId: 'o-1', actor, payload: { after: { total: 1, colour: 'red' } } })
    // @ts-expect-error entityID is no field
    publish(OrderCreated, { entityId: 'o-1', entityID: 'o-1', actor, payload: { after: { total: 1 } } })
    const payload = { after: { total: 1 } }
    // @ts-expect-error an actor has type and id
    publish(OrderCreated, { entityId: 'o-1', actor: { type: 'user', id: 'u-1', age: 1 }, payload })
  })

  it('refuses a missing actor or entity where they are required', () => {
    // @ts-expect-error the actor is required
    publish(OrderCreated, { entityId: 'o-1', payload: { after: { total: 1 } } })
    // @ts-expect-error the actor is required
    publish(OrderCreated, { entityId: 'o-1', actor: undefined, payload: { after: { total: 1 } } })
    // @ts-expect-error the entity id is required
    publish(OrderCreated, { actor, payload: { after: { total: 1 } } })
  })

  it('lets actor and entity be where they are not required', () => {
    publish(OrderChanged, { payload: { before: { total: 1 }, after: { total: 2 } } })
    publish(OrderChanged, { entityId: 'o-1', actor, payload: { before: { total: 1 }, after: { total: 2 } } })
  })
})

describe('the options of defineEvent', () => {
  const base = { version: 1, description: 'A new order was placed' } as const

  it('give the key function the event as its handlers see it', () => {
    defineEvent('order.created', {
      ...base,
      payload: { after: z.object({ customer: z.string() }) },
      key: (event) => {
        expectTypeOf(event.payload.after.customer).toBeString()
        expectTypeOf(event.name).toEqualTypeOf<'order.created'>()
        return event.payload.after.customer
      },
    })
  })

  it('refuse an example that does not fit the schemas', () => {
    const payload = { after: z.object({ total: z.number() }) }
    // @ts-expect-error total is a number
    defineEvent('order.created', { ...base, payload, example: { after: { total: '1' } } })
    // @ts-expect-error after is missing
    defineEvent('order.created', { ...base, payload, example: {} })
    // @ts-expect-error before is not declared
    defineEvent('order.created', { ...base, payload: { after: z.number() }, example: { after: 1, before: 1 } })
  })

  it('refuse a part that no payload has, and a part that is no schema', () => {
    // @ts-expect-error a payload has before, after and extra
    defineEvent('order.created', { ...base, payload: { after: z.number(), afterwards: z.number() } })
    // @ts-expect-error a part is a zod schema
    defineEvent('order.created', { ...base, payload: { after: { total: 'number' } } })
  })

  it('refuse what is missing or unknown', () => {
    // @ts-expect-error the version is missing
    defineEvent('order.created', { description: 'A new order was placed', payload: {} })
    // @ts-expect-error the description is missing
    defineEvent('order.created', { version: 1, payload: {} })
    // @ts-expect-error desciption is no option
    defineEvent('order.created', { ...base, desciption: 'A new order was placed', payload: {} })
  })

  it('refuse a key function that returns a number', () => {
    // @ts-expect-error a key is a text or null
    defineEvent('order.created', { ...base, payload: {}, key: () => 1 })
  })
})

describe('the type of upcasters', () => {
  const base = { version: 2, description: 'A new order was placed' } as const
  const payload = { after: z.object({ cents: z.number() }) }

  it('gives them a payload of which nothing is known, and what else the envelope says', () => {
    const definition = defineEvent('order.created', {
      ...base,
      payload,
      upcast: {
        1: (old, facts) => {
          expectTypeOf(old.after).toEqualTypeOf<unknown>()
          expectTypeOf(facts.timestamp).toEqualTypeOf<string>()
          expectTypeOf(facts).not.toHaveProperty('payload')
          return { after: { cents: 1 } }
        },
      },
    })
    expectTypeOf<EventOf<typeof definition>['payload']['after']>().toEqualTypeOf<{ cents: number }>()
    expectTypeOf<EventOf<typeof definition>['publishedVersion']>().toEqualTypeOf<number | undefined>()
    expectTypeOf(definition).toExtend<EventDefinition>()
  })

  it('refuses one that is async', () => {
    // @ts-expect-error a promise is no payload
    defineEvent('order.created', { ...base, payload, upcast: { 1: async (old) => old } })
  })

  it('refuses one that takes the old payload for granted', () => {
    // @ts-expect-error nobody has checked that there is a total
    defineEvent('order.created', { ...base, payload, upcast: { 1: (old: { after: { total: number } }) => old } })
  })

  it('refuses one that changes what it was given', () => {
    const upcast = {
      1: (old: EventOf<EventDefinition>['payload']) => {
        // @ts-expect-error payloads are read-only
        old.after = {}
        return old
      },
    }
    expectTypeOf(upcast[1]).returns.toExtend<object>()
  })

  it('refuses keys that are no versions', () => {
    // @ts-expect-error upcasters stand under the version that they lead on from
    defineEvent('order.created', { ...base, payload, upcast: { one: (old: object) => old } })
  })
})
