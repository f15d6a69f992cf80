import { defineEvent } from '@ledgerbus/core'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { Producer, PublishReceipt } from './producer.ts'

const OrderPaid = defineEvent('order.paid', {
  version: 1,
  description: 'Paid',
  requireActor: false,
  requireEntity: true,
  payload: { after: z.object({ total: z.number() }) },
})

declare const producer: Producer

describe('publish', () => {
  it('takes what the definition describes', () => {
    const good = () => producer.publish(OrderPaid, { entityId: 'o-1', payload: { after: { total: 1 } } })
    expectTypeOf(good).returns.toEqualTypeOf<Promise<PublishReceipt>>()
  })

  it('does not compile without what the definition requires, or with another payload', () => {
    // @ts-expect-error the entity is required
    void (() => producer.publish(OrderPaid, { payload: { after: { total: 1 } } }))
    // @ts-expect-error the total is a number
    void (() => producer.publish(OrderPaid, { entityId: 'o-1', payload: { after: { total: '1' } } }))
    // @ts-expect-error one of the inputs has no payload
    void (() => producer.publishMany(OrderPaid, [{ entityId: 'o-1' }]))
  })
})
