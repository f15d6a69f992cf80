import { defineEvent } from '@ledgerbus/core'
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

export default defineConfig({ events: [OrderCreated, OrderCancelled] })
