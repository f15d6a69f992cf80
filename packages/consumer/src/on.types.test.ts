import { defineEvent, type Envelope, type EventSubject, type ReplayMarks } from '@ledgerbus/core'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { on, onBatch } from './on.ts'

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

describe('what a handler gets of replays', () => {
  const handler = (): void => undefined

  it('is said by a word, or by a function of the marks', () => {
    on(OrderPaid, handler, { sideEffects: 'external' })
    onBatch(OrderPaid, handler, { sideEffects: 'external', replay: 'run', maxRecords: 1, maxWaitMs: 0 })
    on('order.*', handler, {
      replay(marks) {
        expectTypeOf(marks).toEqualTypeOf<ReplayMarks>()
        return marks.mode === 'fill-gaps' ? 'run' : 'skip'
      },
    })
  })

  it('is not said by anything else', () => {
    // @ts-expect-error no such word
    on(OrderPaid, handler, { replay: 'never' })
    // @ts-expect-error no such word
    on(OrderPaid, handler, { sideEffects: 'internal' })
    // @ts-expect-error nobody waits for the answer
    on(OrderPaid, handler, { replay: async () => 'skip' })
    // @ts-expect-error no answer
    onBatch(OrderPaid, handler, { replay: () => undefined, maxRecords: 1, maxWaitMs: 0 })
  })
})
