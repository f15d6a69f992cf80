import { headerText, textHeader } from '@ledgerbus/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated, type Stage } from '../../test/stage.ts'
import type { ConsumerOptions } from '../consumer-options.ts'
import { on } from '../on.ts'

const retry = { ordering: 'unordered', delaysMs: [30_000, 300_000], inlineAttempts: 1 } as const
const first = `orders.${groupId}.retry.30s`
const second = `orders.${groupId}.retry.5m`
const letters = `orders.${groupId}.dlq`

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

function recordsOf(topic: string) {
  return stage.broker.controls.records(topic)
}

function headersOf(topic: string): Record<string, string | undefined>[] {
  return recordsOf(topic).map(({ headers }) =>
    Object.fromEntries(headers.map(({ name }) => [name, headerText(headers, name)])),
  )
}

/** Fails so often for each record, then handles it; notes when. */
function failing(times: number, options: Partial<ConsumerOptions> = {}) {
  const calls: { total: number; attempt: number; atMs: number; offset: bigint }[] = []
  const handler = on(
    OrderCreated,
    async (event, { attempt, record }) => {
      calls.push({ total: event.payload.after.total, attempt, atMs: stage.clock.monotonicMs(), offset: record.offset })
      if (attempt <= times && event.payload.after.total !== 99) throw new Error('away')
    },
    { name: 'charge', retry },
  )
  return { calls, consumer: stage.consumer([handler], options) }
}

describe('a record whose order is given up', () => {
  it('waits in a topic of its delay while later records of its key are handled', async () => {
    const { calls, consumer } = failing(1)
    await consumer.start()
    await stage.append({ total: 1 })
    await stage.append({ total: 99 })
    await stage.clock.advance(5_000)

    expect(calls.map(({ total }) => total)).toEqual([1, 99])
    expect(consumer.counts()).toMatchObject({ delayed: 1, handled: 1, open: 1 })
    expect(await stage.committed()).toBe(2n)
    expect(headersOf(first)).toEqual([
      expect.objectContaining({
        'lb-due-at': '2026-01-31T12:00:30.000Z',
        'lb-attempts': '1',
        'lb-handler': 'charge',
        'lb-origin-topic': 'orders',
        'lb-origin-partition': '0',
        'lb-origin-offset': '0',
        'lb-error-message': 'away',
      }),
    ])
    await stage.clock.advance(24_999)
    expect(calls).toHaveLength(2)
    await stage.clock.advance(1)
    expect(calls.at(-1)).toMatchObject({ total: 1, attempt: 2, atMs: 30_000 })
    await stage.clock.advance(5_000)
    expect(await stage.committed(first)).toBe(1n)
  })

  it('goes from delay to delay, each a floor, and then is a dead letter of its own topic with all its attempts', async () => {
    const { calls, consumer } = failing(99)
    await consumer.start()
    await stage.append({ total: 1, headers: [textHeader('own', 'x')] })
    await stage.clock.advance(1_000_000)

    expect(calls.map(({ attempt, atMs }) => [attempt, atMs])).toEqual([
      [1, 0],
      [2, 30_000],
      [3, 330_000],
    ])
    const [original] = recordsOf('orders')
    for (const topic of [first, second, letters]) {
      const [moved] = recordsOf(topic)
      expect(moved?.value).toEqual(original?.value)
      expect(moved?.key).toEqual(original?.key)
      expect(moved?.headers[0]).toEqual(textHeader('own', 'x'))
    }
    expect(headersOf(letters)).toEqual([
      expect.objectContaining({ 'lb-attempts': '3', 'lb-origin-topic': 'orders', 'lb-origin-offset': '0' }),
    ])
    expect(headersOf(letters)[0]).not.toHaveProperty('lb-due-at')
    expect(headersOf(letters)[0]?.['lb-first-failed-at']).toBe(headersOf(first)[0]?.['lb-first-failed-at'])
  })

  it('is done in its own topic only when it is known to stand in the other', async () => {
    const { consumer } = failing(1)
    await consumer.start()
    stage.broker.controls.inject({ at: 'append', topic: first, outcome: 'unknown', times: 3 })
    await stage.append({ total: 1 })
    await stage.clock.advance(900)
    expect(await stage.committed()).toBeUndefined()
    expect(consumer.health()).toMatchObject({ degradations: [{ reason: 'retry-not-stored' }] })
    await stage.clock.advance(10_000)

    expect(await stage.committed()).toBe(1n)
    expect(recordsOf(first)).toHaveLength(1)
    expect(consumer.health().degradations).toEqual([])
  })

  it('keeps the partition number of its topic', async () => {
    stage.broker.controls.addPartitions('orders', 3)
    const { consumer } = failing(1)
    await consumer.start()
    await stage.append({ total: 1, partition: 2 })
    await stage.clock.advance(100)
    expect(recordsOf(first).map(({ partition }) => partition)).toEqual([2])
  })

  it('is moved for each of its handlers by itself, and there goes to that handler alone', async () => {
    const seen: string[] = []
    const told = (name: string, times: number) =>
      on(
        OrderCreated,
        (_, { attempt }) => {
          seen.push(`${name} ${attempt}`)
          if (attempt <= times) throw new Error(name)
        },
        { name, retry },
      )
    const consumer = stage.consumer([told('one', 1), told('two', 0), told('three', 2)])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(1_000_000)

    expect(seen).toEqual(['one 1', 'two 1', 'three 1', 'one 2', 'three 2', 'three 3'])
    expect(consumer.counts()).toMatchObject({ delivered: 4, delayed: 2, handled: 2, open: 0, deadLettered: 0 })
  })

  it('does not hold back those that are due by waiting, nor other keys by its place', async () => {
    const { calls, consumer } = failing(1, { concurrency: 1 })
    await consumer.start()
    await stage.append(...Array.from({ length: 20 }, (_, total) => ({ key: `k${total}`, total })))
    await stage.clock.advance(10_000)
    await stage.append({ total: 99 })
    await stage.clock.advance(0)
    expect(calls).toHaveLength(21)
    await stage.clock.advance(20_000)
    expect(calls).toHaveLength(41)
  })

  it('goes on where it stands when the consumer is restarted, also under a policy without delays', async () => {
    const { consumer } = failing(1)
    await consumer.start()
    await stage.append({ total: 1 })
    await stage.clock.advance(10_000)
    const closed = consumer.close()
    await stage.clock.advance(1_000)
    await closed
    const seen: number[] = []
    const later = stage.consumer([on(OrderCreated, (_, { attempt }) => seen.push(attempt), { name: 'charge' })])
    await later.start()
    await stage.clock.advance(15_000)
    expect(seen).toEqual([])
    await stage.clock.advance(5_000)
    expect(seen).toEqual([2])
  })
})
