import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated, type Stage } from '../../test/stage.ts'
import { on } from '../on.ts'

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

const ignored = () => undefined

describe('a filter', () => {
  it('hands over what it matches and counts what it does not, apart from what it has no answer for', async () => {
    const totals: number[] = []
    const consumer = stage.consumer([
      on(OrderCreated, ({ payload }) => void totals.push(payload.after.total), {
        filter: 'payload.after.total >= 1000 && 10 / (payload.after.total - 2000) < 100',
      }),
    ])
    await consumer.start()
    await stage.append({ total: 1_500 }, { total: 999 }, { value: JSON.stringify({}) })
    await stage.clock.advance(0)
    expect(totals).toEqual([1_500])
    expect(consumer.counts()).toMatchObject({ handled: 1, skipped: { 'filtered-out': 1 }, deadLettered: 1 })
  })

  it('counts apart those events for which it has no answer', async () => {
    const consumer = stage.consumer([on('order.*', ignored, { filter: 'payload.after.total > 5' })], {
      topics: ['orders'],
    })
    await consumer.start()
    await stage.append({ envelope: { payload: { after: { total: 'many' } } } }, { envelope: { payload: {} } })
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ handled: 0, skipped: { 'filter-failed': 1, 'filtered-out': 1 } })
  })

  it('is checked before anything starts, with the place of the mistake', () => {
    const create = () => stage.consumer([on(OrderCreated, ignored, { filter: 'payload.aftr.total >= 1000' })])
    expect(create).toThrow(/subscriptions\[0\].*aftr/s)
  })
})

describe('a subscription that is disabled', () => {
  it('skips its records, counted, until it is enabled again; others go on', async () => {
    const seen: number[] = []
    const consumer = stage.consumer([
      on(OrderCreated, ({ payload }) => void seen.push(payload.after.total)),
      on(OrderCreated, ignored, { name: 'other' }),
    ])
    await consumer.start()
    consumer.disable('order.created')
    await stage.append({ total: 1 })
    await stage.clock.advance(0)
    consumer.enable('order.created')
    await stage.append({ total: 2 })
    await stage.clock.advance(0)

    expect(seen).toEqual([2])
    expect(consumer.counts().handlers).toMatchObject({
      'order.created': { handled: 1, skipped: 1 },
      other: { handled: 2 },
    })
  })

  it('can start so', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored, { enabled: false })])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ skipped: { 'subscription-disabled': 1 } })
  })

  it('has to exist', () => {
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    expect(() => consumer.disable('order.create')).toThrow(/no subscription is named "order.create".*"order.created"/)
  })
})

describe('describe()', () => {
  it('tells what a consumer reads, who handles what, and how that went', async () => {
    const consumer = stage.consumer(
      [on(OrderCreated, ignored, { filter: 'payload.after.total > 1' }), on('order.*', ignored, { enabled: false })],
      { topics: ['orders'] },
    )
    await consumer.start()
    await stage.append({ total: 2 })
    await stage.clock.advance(0)
    expect(consumer.describe()).toMatchObject({
      groupId,
      topics: ['orders'],
      ordering: 'key',
      concurrency: 16,
      subscriptions: [
        {
          name: 'order.created',
          target: { event: 'order.created', version: 1 },
          takes: 'one',
          enabled: true,
          filter: 'payload.after.total > 1',
          counts: { handled: 1, skipped: 0 },
        },
        { name: 'order.*', target: { pattern: 'order.*' }, enabled: false, counts: { handled: 0, skipped: 1 } },
      ],
    })
  })
})
