import { defineEvent, type EventInput } from '@ledgerbus/core'
import { z } from 'zod'

const Item = z.object({ sku: z.string(), quantity: z.int().positive(), price: z.number() })
export const Order = z.object({ total: z.number(), currency: z.string(), note: z.string(), items: z.array(Item) })

/** The event of all benchmarks, on a topic of its own. */
export function defineOrderPlaced(topic: string) {
  return defineEvent('order.placed', {
    version: 1,
    description: 'An order of the benchmarks',
    requireActor: true,
    requireEntity: true,
    payload: { after: Order },
    topic,
  })
}

export type OrderPlaced = ReturnType<typeof defineOrderPlaced>

/** The same orders at each call, 5,000 keys in turn; a note of 600 characters makes about 1.1 kB on the wire. */
export function orders(count: number, noteLength = 600): EventInput<OrderPlaced>[] {
  const sentence = 'a customer asked for something '
  const note = sentence.repeat(Math.ceil(noteLength / sentence.length)).slice(0, noteLength)
  return Array.from({ length: count }, (_, index) => ({
    entityId: `o-${index % 5000}`,
    actor: { type: 'user', id: `u-${index % 997}` },
    payload: {
      after: {
        total: (index % 10_000) / 100,
        currency: 'EUR',
        note,
        items: [{ sku: `sku-${index % 211}`, quantity: 1 + (index % 3), price: 9.99 }],
      },
    },
  }))
}
