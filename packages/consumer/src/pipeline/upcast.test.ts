import { defineEvent, type Envelope, headerText } from '@ledgerbus/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Appended, createStage, groupId, OrderCreated, type Stage } from '../../test/stage.ts'
import { on } from '../on.ts'
import { onBatch } from '../on.ts'

/** Version 1 is `OrderCreated` of the stage, with a total; version 2 has cents. */
const InCents = defineEvent('order.created', {
  version: 2,
  description: 'A new order was placed',
  topic: OrderCreated.topic,
  payload: { after: z.object({ cents: z.int() }) },
  upcast: {
    1: (payload) => ({ after: { cents: z.object({ total: z.number() }).parse(payload.after).total * 100 } }),
  },
})

const broken: Appended = { envelope: { payload: { after: { total: 'many' } } } }
const letters = `orders.${groupId}.dlq`

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

function lettersOf(...names: readonly string[]): readonly unknown[] {
  return stage.broker.controls.records(letters).map(({ headers }) => names.map((name) => headerText(headers, name)))
}

describe('an event of an older version', () => {
  it('comes to the handler in the newest, at each attempt', async () => {
    const seen: Envelope[] = []
    const consumer = stage.consumer([
      on(
        InCents,
        (event) => {
          seen.push(structuredClone(event))
          if (seen.length === 1) throw new Error('later')
        },
        { retry: { maxAttempts: 2, initialDelayMs: 10 } },
      ),
    ])
    await consumer.start()
    await stage.append({ total: 12 })
    await stage.clock.advance(1_000)
    expect(seen).toMatchObject(
      [1, 2].map(() => ({ version: 2, publishedVersion: 1, payload: { after: { cents: 1_200 } } })),
    )
    expect(consumer.counts()).toMatchObject({ handled: 1, deadLettered: 0 })
  })

  it('comes to a batch in the newest', async () => {
    const seen: number[] = []
    const consumer = stage.consumer([
      onBatch(InCents, (events) => void seen.push(...events.map(({ payload }) => payload.after.cents)), {
        maxRecords: 2,
        maxWaitMs: 10,
      }),
    ])
    await consumer.start()
    await stage.append({ total: 1 }, { envelope: { version: 2, payload: { after: { cents: 5 } } } })
    await stage.clock.advance(1_000)
    expect(seen).toEqual([100, 5])
  })

  it('is seen by the filter in the newest', async () => {
    const seen: number[] = []
    const consumer = stage.consumer([
      on(InCents, ({ payload }) => void seen.push(payload.after.cents), { filter: 'payload.after.cents >= 1000' }),
    ])
    await consumer.start()
    await stage.append({ total: 9 }, { total: 10 })
    await stage.clock.advance(1_000)
    expect(seen).toEqual([1_000])
    expect(consumer.counts().skipped).toEqual({ 'filtered-out': 1 })
  })

  it('comes as it was published to who subscribed by pattern', async () => {
    const seen: Envelope[] = []
    const consumer = stage.consumer(
      [
        on('order.*', (event) => void seen.push(event), { name: 'all', filter: 'payload.after.total == 12' }),
        on(InCents, () => undefined),
      ],
      { topics: ['orders'] },
    )
    await consumer.start()
    await stage.append({ total: 12 })
    await stage.clock.advance(1_000)
    expect(seen).toMatchObject([{ version: 1, payload: { after: { total: 12 } } }])
    expect(seen[0]).not.toHaveProperty('publishedVersion')
    expect(consumer.counts().handlers['order.created']?.handled).toBe(1)
  })

  it('goes to each definition that reads it, and to no other', async () => {
    const seen: string[] = []
    const consumer = stage.consumer([
      on(OrderCreated, ({ payload }) => void seen.push(`total ${payload.after.total}`), { name: 'old' }),
      on(InCents, ({ payload }) => void seen.push(`cents ${payload.after.cents}`), { name: 'new' }),
    ])
    await consumer.start()
    await stage.append({ total: 12 }, { envelope: { version: 2, payload: { after: { cents: 5 } } } })
    await stage.clock.advance(1_000)
    expect(seen).toEqual(['total 12', 'cents 1200', 'cents 5'])
    expect(consumer.counts()).toMatchObject({ handled: 2, deadLettered: 0 })
  })
})

describe('an event that an upcaster fails on', () => {
  it('is a dead letter at once, also behind a filter, and the next of its key goes on', async () => {
    const seen: number[] = []
    const consumer = stage.consumer([
      on(InCents, ({ payload }) => void seen.push(payload.after.cents), { filter: 'payload.after.cents >= 0' }),
    ])
    await consumer.start()
    await stage.append(broken, { total: 1 })
    await stage.clock.advance(0)
    expect(lettersOf('lb-failed-step', 'lb-failed-reason', 'lb-error-code', 'lb-attempts')).toEqual([
      ['upcast', 'fatal', 'EVENT_UPCAST_FAILED', '0'],
    ])
    expect(seen).toEqual([100])
    expect(consumer.counts()).toMatchObject({ handled: 1, deadLettered: 1, retried: 0 })
  })

  it('is set aside as it was published', async () => {
    const consumer = stage.consumer([on(InCents, () => undefined)])
    await consumer.start()
    await stage.append(broken)
    await stage.clock.advance(0)
    const [original] = stage.broker.controls.records('orders')
    const [letter] = stage.broker.controls.records(letters)
    expect(letter?.value).toEqual(original?.value)
  })

  it('is passed over where the handler is switched off', async () => {
    const consumer = stage.consumer([on(InCents, () => undefined, { enabled: false })])
    await consumer.start()
    await stage.append(broken)
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ skipped: { 'subscription-disabled': 1 }, deadLettered: 0 })
  })

  it('is told apart from one that the newest version refuses', async () => {
    const consumer = stage.consumer([on(InCents, () => undefined)])
    await consumer.start()
    await stage.append({ total: 0.001 })
    await stage.clock.advance(0)
    expect(lettersOf('lb-failed-step', 'lb-error-code')).toEqual([['validate', 'EVENT_INVALID']])
  })
})
