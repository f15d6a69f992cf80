import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated, type Stage } from '../../test/stage.ts'
import type { ConsumerOptions } from '../consumer-options.ts'
import { on } from '../on.ts'
import { createFloodWindow } from './flood-window.ts'

const letters = `orders.${groupId}.dlq`

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

function lettersSoFar(): number {
  return stage.broker.controls.records(letters).length
}

/** A handler that fails while `state.isAway`, with one message or with one a record. */
function fragile(state: { isAway: boolean; isVaried?: boolean }, options: Partial<ConsumerOptions> = {}) {
  const calls: number[] = []
  const handler = on(
    OrderCreated,
    async (event) => {
      const { total } = event.payload.after
      calls.push(total)
      if (state.isAway && total >= 0) throw new Error(state.isVaried === true ? `no ${'x'.repeat(total)}` : 'away')
    },
    { name: 'charge', retry: { maxAttempts: 1 } },
  )
  return { calls, handler, consumer: stage.consumer([handler], options) }
}

function appendMany(count: number, from = 0): Promise<void> {
  return stage.append(...Array.from({ length: count }, (_, n) => ({ key: `k${from + n}`, total: from + n })))
}

describe('a flood of dead letters', () => {
  it('is stopped at the twentieth in a row that fails alike; the rest waits, and health says so', async () => {
    const { consumer } = fragile({ isAway: true })
    await consumer.start()
    await appendMany(60)
    await stage.clock.advance(10_000)

    expect(lettersSoFar()).toBe(19)
    expect(consumer.counts()).toMatchObject({ deadLettered: 19, open: 41 })
    expect(consumer.health()).toMatchObject({
      status: 'degraded',
      degradations: [{ reason: 'dead-letter-flood', topic: 'orders' }],
    })
  })

  it('is stopped at fifty of the last hundred, however they fail', async () => {
    const { consumer } = fragile({ isAway: true, isVaried: true })
    await consumer.start()
    await appendMany(80)
    await stage.clock.advance(10_000)

    expect(lettersSoFar()).toBe(49)
  })

  it('lets one record through now and then, and all of them once one succeeds', async () => {
    const state = { isAway: true }
    const { calls, consumer } = fragile(state)
    await consumer.start()
    await appendMany(60)
    await stage.clock.advance(29_000)
    const before = calls.length
    await stage.clock.advance(31_000)
    expect(calls.length - before).toBe(2)
    expect(lettersSoFar()).toBe(19)

    state.isAway = false
    await stage.clock.advance(30_000)
    expect(consumer.counts()).toMatchObject({ handled: 41, deadLettered: 19, open: 0 })
    expect(consumer.health().status).toBe('ok')
  })

  it('does not take a record that is skipped for an answer: the next one is tried at once', async () => {
    const { consumer } = fragile({ isAway: true }, { floodGuard: { inARow: 3 } })
    await consumer.start()
    await appendMany(4)
    await stage.append(...Array.from({ length: 5 }, (_, n) => ({ key: `s${n}`, envelope: { name: 'order.closed' } })))
    await stage.clock.advance(89_999)
    expect(consumer.counts().skipped).toEqual({})
    await stage.clock.advance(2)

    expect(consumer.counts().skipped).toEqual({ 'not-subscribed': 5 })
    expect(lettersSoFar()).toBe(2)
  })

  it('is told by the handler that fails: another one that works does not hide it, nor end it', async () => {
    const state = { isAway: true }
    const { handler } = fragile(state)
    const works: number[] = []
    const working = on(OrderCreated, (event) => works.push(event.payload.after.total), { name: 'works' })
    const consumer = stage.consumer([working, handler])
    await consumer.start()
    await appendMany(40)
    await stage.clock.advance(100_000)

    expect(lettersSoFar()).toBe(19)
    state.isAway = false
    await stage.clock.advance(60_000)
    expect(consumer.counts()).toMatchObject({ open: 0, deadLettered: 19 })
  })

  it('of values that cannot be decoded counts too, and ends with a record that is handled', async () => {
    const { consumer } = fragile({ isAway: false })
    await consumer.start()
    await stage.append(...Array.from({ length: 30 }, (_, n) => ({ key: `bad${n}`, value: 'no JSON' })))
    await stage.clock.advance(5_000)
    expect(lettersSoFar()).toBe(19)
    await stage.append({ key: 'good', total: 1 })
    await stage.clock.advance(1_000_000)

    expect(lettersSoFar()).toBe(30)
    expect(consumer.counts()).toMatchObject({ handled: 1, deadLettered: 30, open: 0 })
  })

  it('ends with the consumer: what waits is left and comes again, and nothing is undone', async () => {
    const { consumer } = fragile({ isAway: true })
    await consumer.start()
    await appendMany(30)
    await stage.clock.advance(1_000)
    const closed = consumer.close({ drainMs: 5_000 })
    await stage.clock.advance(10_000)

    expect((await closed).left).toBe(11)
    expect(lettersSoFar()).toBe(19)
    expect(stage.clock.waiting).toBe(0)
  })

  it('is not looked for when told so', async () => {
    const { consumer } = fragile({ isAway: true }, { floodGuard: 'off' })
    await consumer.start()
    await appendMany(60)
    await stage.clock.advance(1_000)
    expect(lettersSoFar()).toBe(60)
  })

  it('has bounds of its own where they are given, which are checked', async () => {
    const { consumer } = fragile({ isAway: true }, { floodGuard: { inARow: 3 } })
    await consumer.start()
    await appendMany(10)
    await stage.clock.advance(1_000)
    expect(lettersSoFar()).toBe(2)
    const wrong = { floodGuard: { deadLetters: 0, more: 1 } } as Partial<ConsumerOptions>
    expect(() => fragile({ isAway: true }, wrong)).toThrow('floodGuard.deadLetters: a whole number')
  })
})

describe('the window of a flood', () => {
  it('counts a record once, and forgets those that are long ago', () => {
    const window = createFloodWindow({ records: 4, deadLetters: 3, inARow: 99 })
    expect(window.failing('a', 'x')).toBe(false)
    expect(window.failing('a', 'x')).toBe(false)
    expect(window.failing('b', 'x')).toBe(false)
    window.succeeded()
    window.succeeded()
    // a has left the window.
    window.succeeded()
    expect(window.failing('c', 'x')).toBe(false)
    expect(window.failing('d', 'x')).toBe(false)
    expect(window.failing('e', 'x')).toBe(true)
  })

  it('begins a row anew after a success, and after another fingerprint', () => {
    const window = createFloodWindow({ records: 100, deadLetters: 50, inARow: 3 })
    window.failing('a', 'x')
    window.failing('b', 'x')
    window.succeeded()
    expect(window.failing('c', 'x')).toBe(false)
    expect(window.failing('d', 'x')).toBe(false)
    expect(window.failing('e', 'y')).toBe(false)
    expect(window.failing('f', 'x')).toBe(false)
    expect(window.failing('g', 'x')).toBe(false)
    expect(window.failing('h', 'x')).toBe(true)
  })
})
