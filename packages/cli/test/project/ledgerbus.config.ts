import { type AuditReading, defineEvent } from '@ledgerbus/core'
import { defineConfig } from 'ledgerbus'
import { z } from 'zod'

export const OrderCreated = defineEvent('order.created', {
  version: 1,
  description: 'A new order was placed',
  requireActor: true,
  requireEntity: true,
  topic: { name: 'orders', partitions: 3 },
  payload: { after: z.object({ total: z.number() }) },
})

export const OrderCancelled = defineEvent('order.cancelled', {
  version: 1,
  description: 'An order was cancelled',
  requireEntity: true,
  topic: { name: 'orders', partitions: 3 },
  payload: {},
})

export default defineConfig({
  events: [OrderCreated, OrderCancelled],
  replay: {
    transforms: {
      withoutCancelled: ({ reading }) => (nameOf(reading) === 'order.cancelled' ? null : {}),
      refusingCancelled: ({ reading }) => {
        if (nameOf(reading) === 'order.cancelled') throw new Error('a cancelled order')
        return {}
      },
      refusingAll: () => {
        throw new Error('any order')
      },
    },
    allowedTargets: ['orders', 'orders-*'],
  },
})

function nameOf(reading: AuditReading): string | undefined {
  return reading.status === 'ok' ? reading.envelope.name : undefined
}
