import { defineEvent, type Envelope, type EventSubject } from '@ledgerbus/core'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { on } from './on.ts'

const OrderPaid = defineEvent('order.paid', {
  version: 1,
  description: 'Paid',
  requireActor: true,
  requireEntity: true,
  payload: { after: z.object({ total: z.coerce.number() }), extra: z.object({ note: z.string() }).optional() },
})

describe('a handler', () => {
  it('gets the event its definition describes', () => {
    on(OrderPaid, (event, context) => {
      expectTypeOf(event.name).toEqualTypeOf<'order.paid'>()
      expectTypeOf(event.payload.after.total).toEqualTypeOf<number>()
      expectTypeOf(event.payload.extra).toEqualTypeOf<{ note: string } | undefined>()
      expectTypeOf(event.actor).toEqualTypeOf<EventSubject>()
      expectTypeOf(context.attempt).toEqualTypeOf<number>()
      expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
      // @ts-expect-error the definition has no such field
      return event.payload.after.sum
    })
  })

  it('gets an envelope when it subscribed by pattern', () => {
    on('order.*', (event) => {
      expectTypeOf(event).toEqualTypeOf<Envelope>()
    })
  })

  it('for another event does not compile', () => {
    // @ts-expect-error the handler wants a payload that the event does not have
    on(OrderPaid, (event: { payload: { after: { total: string } } }) => event)
  })
})
