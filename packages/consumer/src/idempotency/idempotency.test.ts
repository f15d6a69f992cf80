import { type IdempotencyStore, textHeader } from '@ledgerbus/core'
import { createFakeClock, createGate } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { replayed } from '../../test/replayed.ts'
import { createStage, OrderCreated, type Stage } from '../../test/stage.ts'
import { on, onBatch } from '../on.ts'
import { createInMemoryIdempotencyStore } from './in-memory-idempotency-store.ts'

const eventId = '00000000-0000-7000-8000-0000000000aa'
const same = { envelope: { eventId } }

/** An event of its own, of a key. */
function anEventOf(key: string, index: number) {
  return { key, envelope: { eventId: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}` } }
}

describe('a consumer with an idempotency store', () => {
  let stage: Stage
  let store: IdempotencyStore
  let calls: number

  beforeEach(async () => {
    stage = await createStage()
    store = createInMemoryIdempotencyStore({ clock: stage.clock })
    calls = 0
  })

  async function started(idempotency = { store }) {
    const consumer = stage.consumer([on(OrderCreated, () => void (calls += 1))], { idempotency })
    await consumer.start()
    return consumer
  }

  it('handles an event once, however many records carry it', async () => {
    const consumer = await started()
    await stage.append(same, same, { envelope: { eventId: '00000000-0000-7000-8000-0000000000bb' } })
    await stage.clock.advance(0)
    expect(calls).toBe(2)
    expect(consumer.counts()).toMatchObject({ handled: 2, skipped: { 'handled-before': 1 } })
  })

  it('handles again what a replay repeats, once a run; one that fills gaps finds none', async () => {
    const consumer = await started()
    const rerun = { ...same, headers: replayed({ replayId: 'r-1' }) }
    await stage.append(same, rerun, rerun, { ...same, headers: replayed({ replayId: 'r-2' }) })
    await stage.append({ ...same, headers: replayed({ replayId: 'r-3', mode: 'fill-gaps' }) })
    await stage.clock.advance(0)
    expect(calls).toBe(3)
    expect(consumer.counts()).toMatchObject({ handled: 3, skipped: { 'handled-before': 2 } })
  })

  it('handles again what a redrive was told to repeat, and only then', async () => {
    await started()
    const redriven = [textHeader('lb-redrive-id', 'd-1')]
    await stage.append(same, { ...same, headers: redriven })
    await stage.append({ ...same, headers: [...redriven, textHeader('lb-redrive-again', 'true')] })
    await stage.clock.advance(0)
    expect(calls).toBe(2)
  })

  it('remembers only success: what failed is tried again', async () => {
    const consumer = stage.consumer(
      [
        on(OrderCreated, () => {
          calls += 1
          if (calls === 1) throw new Error('not now')
        }),
      ],
      { idempotency: { store } },
    )
    await consumer.start()
    await stage.append(same, same)
    await stage.clock.advance(5_000)
    expect(calls).toBe(2)
    expect(consumer.counts()).toMatchObject({ handled: 1, retried: 1, skipped: { 'handled-before': 1 } })
  })

  it('waits for another attempt of the same event, which may fail', async () => {
    const gate = createGate()
    const consumer = stage.consumer(
      [
        on(
          OrderCreated,
          async () => {
            calls += 1
            if (calls > 1) return
            await gate.opened
            throw new Error('the first one fails')
          },
          { retry: { maxAttempts: 1 } },
        ),
      ],
      { idempotency: { store } },
    )
    await consumer.start()
    await stage.append({ ...same, key: 'a' }, { ...same, key: 'b' })
    await stage.clock.advance(10_000)
    expect(calls).toBe(1)

    gate.open()
    await stage.clock.advance(10_000)
    expect(calls).toBe(2)
    expect(consumer.counts()).toMatchObject({ handled: 1, deadLettered: 1, open: 0 })
  })

  it('asks for batches too, record by record', async () => {
    const sizes: number[] = []
    const consumer = stage.consumer(
      [onBatch(OrderCreated, (events) => void sizes.push(events.length), { maxRecords: 3, maxWaitMs: 10 })],
      { idempotency: { store } },
    )
    await consumer.start()
    await store.claim(`billing/order.created/${eventId}`, 1_000)
    await store.complete(`billing/order.created/${eventId}`)
    await stage.append({ ...same, key: 'a' }, { key: 'b' })
    await stage.clock.advance(1_000)
    expect(sizes).toEqual([1])
    expect(consumer.counts()).toMatchObject({ handled: 1, skipped: { 'handled-before': 1 } })
  })

  it('neither handles nor passes over an event while the store does not answer', async () => {
    let isAway = true
    const away: IdempotencyStore = {
      ...store,
      async claim(...claim) {
        if (isAway) throw new Error('connection refused')
        return store.claim(...claim)
      },
    }
    const consumer = await started({ store: away })
    await stage.append(...Array.from({ length: 30 }, (_, index) => anEventOf(`k${index}`, index)))
    await stage.clock.advance(300_000)
    expect(calls).toBe(0)
    expect(consumer.counts()).toMatchObject({ handled: 0, deadLettered: 0, open: 30 })
    expect(consumer.health().status).toBe('degraded')

    isAway = false
    await stage.clock.advance(60_000)
    expect(consumer.counts()).toMatchObject({ handled: 30, deadLettered: 0 })
    expect(consumer.health().status).toBe('ok')
  })

  it('counts as handled what the store did not take: the handler did succeed', async () => {
    const forgetful: IdempotencyStore = { ...store, complete: async () => Promise.reject(new Error('read only')) }
    const consumer = await started({ store: forgetful })
    await stage.append(same)
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ handled: 1 })
    expect(stage.logger.texts('warn')).toEqual(['the idempotency store did not take the end of an attempt'])
  })

  it('can be left out by a subscription, but not asked for without a store', () => {
    const handler = () => undefined
    expect(() => stage.consumer([on(OrderCreated, handler, { idempotency: 'on' })])).toThrow(/has no store/)
    const consumer = stage.consumer([on(OrderCreated, handler, { idempotency: 'off' })], { idempotency: { store } })
    expect(consumer.describe().subscriptions[0]).toMatchObject({ idempotency: 'off' })
  })
})

describe('the in-memory store', () => {
  it('gives a key to one of several, and to another when the claim is too old', async () => {
    const clock = createFakeClock()
    const store = createInMemoryIdempotencyStore({ clock })
    expect(await Promise.all([store.claim('a', 100), store.claim('a', 100)])).toEqual(['claimed', 'busy'])
    await clock.advance(100)
    expect(await store.claim('a', 100)).toBe('claimed')
    await store.release('a')
    expect(await store.claim('a', 100)).toBe('claimed')
    await store.complete('a')
    await store.release('a')
    expect(await store.claim('a', 100)).toBe('done')
  })

  it('remembers no more and no longer than it may', async () => {
    const clock = createFakeClock()
    const store = createInMemoryIdempotencyStore({ clock, maxKeys: 2, rememberMs: 1_000 })
    for (const key of ['a', 'b', 'c']) {
      await store.claim(key, 10)
      await store.complete(key)
    }
    expect(await store.claim('c', 10)).toBe('done')
    expect(await store.claim('a', 10)).toBe('claimed')
    await clock.advance(1_001)
    expect(await store.claim('c', 10)).toBe('claimed')
  })

  it('refuses bounds that are none', () => {
    expect(() => createInMemoryIdempotencyStore({ maxKeys: 0, rememberMs: Number.NaN })).toThrow(/maxKeys.*rememberMs/)
  })
})
