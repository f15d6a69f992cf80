import { headerText, textHeader } from '@ledgerbus/core'
import { createGate } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated, type Stage } from '../../test/stage.ts'
import type { ConsumerOptions } from '../consumer-options.ts'
import { on, onBatch } from '../on.ts'

const parkingTopic = `orders.${groupId}.retry`
const letters = `orders.${groupId}.dlq`
const retry = { ordering: 'park-key', delaysMs: [30_000, 300_000], inlineAttempts: 1 } as const

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

function headersOf(topic: string): Record<string, string | undefined>[] {
  return stage.broker.controls
    .records(topic)
    .map(({ headers }) => Object.fromEntries(headers.map(({ name }) => [name, headerText(headers, name)])))
}

/** A handler that fails for totals while they are among these; notes what it handled. */
function picky(bad: Set<number>, policy: object = {}, options: Partial<ConsumerOptions> = {}) {
  const handled: number[] = []
  const calls: number[] = []
  const handler = on(
    OrderCreated,
    async (event) => {
      const { total } = event.payload.after
      calls.push(total)
      if (bad.has(total)) throw new Error(`no ${total}`)
      handled.push(total)
    },
    { name: 'charge', retry: { ...retry, ...policy } },
  )
  return { handled, calls, handler, consumer: stage.consumer([handler], options) }
}

describe('a parked key', () => {
  it('keeps its later records behind the one that failed, unhandled and in order, while other keys go on', async () => {
    const bad = new Set([1])
    const { handled, consumer } = picky(bad)
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'a', total: 2 }, { key: 'b', total: 3 }, { key: 'a', total: 4 })
    await stage.clock.advance(5_000)

    expect(handled).toEqual([3])
    expect(await stage.committed()).toBe(4n)
    expect(headersOf(parkingTopic)).toEqual([
      expect.objectContaining({ 'lb-handler': 'charge', 'lb-attempts': '1', 'lb-due-at': '2026-01-31T12:00:30.000Z' }),
      expect.objectContaining({ 'lb-parked-behind': 'orders/0/0', 'lb-origin-offset': '1' }),
      expect.objectContaining({ 'lb-parked-behind': 'orders/0/0', 'lb-origin-offset': '3' }),
    ])
    bad.clear()
    await stage.clock.advance(30_000)
    expect(handled).toEqual([3, 1, 2, 4])
    expect(consumer.counts()).toMatchObject({ delivered: 7, parked: 3, handled: 4, open: 0 })
  })

  it('is free again when its last record is done', async () => {
    const bad = new Set([1])
    const { handled, consumer } = picky(bad)
    await consumer.start()
    await stage.append({ total: 1 }, { total: 2 })
    await stage.clock.advance(1_000)
    bad.clear()
    await stage.clock.advance(30_000)
    await stage.append({ total: 3 })
    await stage.clock.advance(0)

    expect(handled).toEqual([1, 2, 3])
    expect(stage.broker.controls.records(parkingTopic)).toHaveLength(2)
  })

  it('lets its followers run when its head is dead', async () => {
    const { handled, calls, consumer } = picky(new Set([1]))
    await consumer.start()
    await stage.append({ total: 1 }, { total: 2 })
    await stage.clock.advance(1_000_000)

    expect(calls).toEqual([1, 1, 1, 2])
    expect(handled).toEqual([2])
    expect(headersOf(letters)).toEqual([
      expect.objectContaining({ 'lb-attempts': '3', 'lb-origin-topic': 'orders', 'lb-origin-offset': '0' }),
    ])
    expect(headersOf(letters)[0]).not.toHaveProperty('lb-parked-offset')
  })

  it('sets its followers aside behind a dead head when told to hold them, and later records run again', async () => {
    const { handled, consumer } = picky(new Set([1]), { onHeadDead: 'hold' })
    await consumer.start()
    await stage.append({ total: 1 }, { total: 2 }, { total: 3 }, { key: 'other', total: 4 })
    await stage.clock.advance(1_000_000)
    await stage.append({ total: 5 })
    await stage.clock.advance(1_000)

    expect(handled).toEqual([4, 5])
    expect(headersOf(letters).map((headers) => [headers['lb-origin-offset'], headers['lb-failed-reason']])).toEqual([
      ['0', 'attempts-exhausted'],
      ['1', 'behind-dead-letter'],
      ['2', 'behind-dead-letter'],
    ])
  })

  it('knows that its head is dead after a restart too', async () => {
    const { consumer } = picky(new Set([1]), { onHeadDead: 'hold' })
    await consumer.start()
    await stage.append({ total: 1 }, { total: 2 }, { total: 3 })
    // The followers' dead letters are refused; the head's stands, and so does the mark.
    await stage.clock.advance(329_000)
    const gate = createGate()
    stage.broker.controls.inject({ at: 'append', topic: parkingTopic, outcome: 'ok', until: gate.opened })
    await stage.clock.advance(5_000)
    const takeBack = stage.broker.controls.inject({ at: 'append', topic: letters, outcome: 'failed', times: 100 })
    gate.open()
    await stage.clock.advance(2_000)
    const closed = consumer.close({ drainMs: 0 })
    await stage.clock.advance(5_000)
    await closed
    takeBack()

    const restarted = picky(new Set(), { onHeadDead: 'hold' })
    await restarted.consumer.start()
    await stage.clock.advance(1_000_000)
    expect(restarted.handled).toEqual([])
    expect(headersOf(letters).map((headers) => headers['lb-failed-reason'])).toEqual([
      'attempts-exhausted',
      'behind-dead-letter',
      'behind-dead-letter',
    ])
  })

  it('is known after a restart: what is parked is not parked twice, and what comes joins', async () => {
    const { consumer } = picky(new Set([1]))
    await consumer.start()
    await stage.append({ total: 1 }, { total: 2 })
    // Nothing is committed: all of it comes again.
    const takeBack = stage.broker.controls.inject({ at: 'commit', outcome: 'failed', times: 1_000 })
    await stage.clock.advance(500)
    expect(stage.broker.controls.records(parkingTopic)).toHaveLength(2)
    const closed = consumer.close({ drainMs: 0 })
    await stage.clock.advance(3_000)
    await closed
    takeBack()

    const bad = new Set([1])
    const restarted = picky(bad)
    await restarted.consumer.start()
    await stage.append({ total: 3 })
    await stage.clock.advance(2_000)
    expect(restarted.calls).toEqual([])
    expect(stage.broker.controls.records(parkingTopic)).toHaveLength(3)
    bad.clear()
    await stage.clock.advance(60_000)
    expect(restarted.handled).toEqual([1, 2, 3])
  })

  it('is not taken for free while this member does not own where it may be parked', async () => {
    const { handled, consumer } = picky(new Set())
    await consumer.start()
    const giveBack = stage.broker.controls.takeAway(groupId, { partitions: [{ topic: parkingTopic, partition: 0 }] })
    await stage.clock.advance(10)
    await stage.append({ total: 1 })
    await stage.clock.advance(1_000)
    expect(handled).toEqual([])
    expect(consumer.health()).toMatchObject({ degradations: [{ reason: 'parked-keys-unknown', topic: parkingTopic }] })
    giveBack()
    await stage.clock.advance(3_000)

    expect(handled).toEqual([1])
    expect(consumer.health().degradations).toEqual([])
  })

  it('is parked for the handler that failed alone', async () => {
    const seen: string[] = []
    const bad = new Set([1])
    const { handled, handler } = picky(bad)
    const other = on(OrderCreated, (event) => seen.push(`other ${event.payload.after.total}`), { name: 'other' })
    const consumer = stage.consumer([handler, other])
    await consumer.start()
    await stage.append({ total: 1 }, { total: 2 })
    await stage.clock.advance(1_000)
    expect(seen).toEqual(['other 1', 'other 2'])
    bad.clear()
    await stage.clock.advance(60_000)

    expect(handled).toEqual([1, 2])
    expect(seen).toHaveLength(2)
  })

  it('may be no key: such records wait for each other', async () => {
    const bad = new Set([1])
    const { handled, consumer } = picky(bad)
    await consumer.start()
    await stage.append({ key: null, total: 1 }, { key: null, total: 2 })
    await stage.clock.advance(1_000)
    expect(handled).toEqual([])
    bad.clear()
    await stage.clock.advance(60_000)
    expect(handled).toEqual([1, 2])
  })

  it('does not take a record of a former life for its own: one that came from a dead letter keeps its place in line', async () => {
    const bad = new Set([1])
    const { handled, consumer } = picky(bad)
    await consumer.start()
    const origin = { topic: 'orders', partition: '0', offset: '0', timestamp: '5', group: groupId }
    const headers = Object.entries(origin).map(([name, value]) => textHeader(`lb-origin-${name}`, value))
    await stage.append({ key: 'x', total: 7 }, { total: 1 }, { total: 2, headers })
    await stage.clock.advance(1_000)
    bad.clear()
    await stage.clock.advance(60_000)

    expect(handled).toEqual([7, 1, 2])
  })

  it('is refused where it could not be kept in order', () => {
    const handler = picky(new Set()).handler
    expect(() => stage.consumer([handler], { ordering: 'none' })).toThrow("the consumer's ordering is 'none'")
    const batch = onBatch(OrderCreated, () => undefined, { maxRecords: 2, maxWaitMs: 1, retry })
    expect(() => stage.consumer([batch])).toThrow('does not go with onBatch')
  })
})
