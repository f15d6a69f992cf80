import { defineEvent } from '@ledgerbus/core'
import { z } from 'zod'

const Item = z.object({ sku: z.string(), quantity: z.int().positive() })

export const OrderPlaced = defineEvent('order.placed', {
  version: 1,
  description: 'A customer placed an order',
  requireActor: true,
  requireEntity: true,
  payload: { after: z.object({ total: z.number().positive(), card: z.string(), items: z.array(Item).min(1) }) },
  example: { after: { total: 19.9, card: 'visa', items: [{ sku: 'mug', quantity: 2 }] } },
})

export const OrderPaid = defineEvent('order.paid', {
  version: 1,
  description: 'The customer was charged for an order',
  requireEntity: true,
  payload: { after: z.object({ total: z.number().positive(), receipt: z.string() }) },
  example: { after: { total: 19.9, receipt: 'r-1' } },
})
