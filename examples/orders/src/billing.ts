import { on, type Subscription } from '@ledgerbus/consumer'
import type { Producer } from '@ledgerbus/producer'
import { OrderPaid, OrderPlaced } from './events.ts'

/** Charges placed orders and says so. Charging twice is prevented by the order's id: a handler may run again. */
export function createBilling(producer: Producer): {
  readonly paid: Map<string, number>
  readonly subscription: Subscription
} {
  const paid = new Map<string, number>()
  const charge = on(
    OrderPlaced,
    async (event, context) => {
      const { total, card } = event.payload.after
      const order = event.entity.id
      if (paid.has(order)) return
      if (card === 'stolen') throw new Error('the card was refused')
      if (card === 'slow-bank' && context.attempt < 3) throw new Error('the bank did not answer')
      // Published inside a handler: correlation and causation come along by themselves.
      await producer.publish(OrderPaid, { entityId: order, payload: { after: { total, receipt: `r-${order}` } } })
      paid.set(order, total)
    },
    { name: 'charge', retry: { maxAttempts: 3, initialDelayMs: 50 } },
  )
  return { paid, subscription: charge }
}
