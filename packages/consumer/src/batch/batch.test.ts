import { headerText } from '@ledgerbus/core'
import { createGate } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, OrderCreated, type Stage } from '../../test/stage.ts'
import { on, onBatch } from '../on.ts'

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

const oneATime = { retry: { initialDelayMs: 100, factor: 1, maxAttempts: 3 } }

/** A handler that notes the totals of each call and does with them what it is told. */
function noting(calls: number[][], act: (totals: number[], call: number) => unknown = () => undefined) {
  return async (events: readonly { readonly payload: { readonly after: { readonly total: number } } }[]) => {
    const totals = events.map((event) => event.payload.after.total)
    calls.push(totals)
    return act(totals, calls.length)
  }
}

describe('a batch', () => {
  it('is handed over when it is full, in offset order, also of one key', async () => {
    const calls: number[][] = []
    const consumer = stage.consumer([onBatch(OrderCreated, noting(calls), { maxRecords: 3, maxWaitMs: 1_000 })])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'a', total: 2 }, { key: 'b', total: 3 }, { key: 'a', total: 4 })
    await stage.clock.advance(0)
    expect(calls).toEqual([[1, 2, 3]])

    await stage.clock.advance(1_000)
    expect(calls).toEqual([[1, 2, 3], [4]])
    expect(consumer.counts()).toMatchObject({ delivered: 4, handled: 4, open: 0 })
    await stage.clock.advance(1_000)
    expect(await stage.committed()).toBe(4n)
  })

  it('waits for its first event no longer than it may', async () => {
    const calls: number[][] = []
    const consumer = stage.consumer([onBatch(OrderCreated, noting(calls), { maxRecords: 10, maxWaitMs: 200 })])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 })
    await stage.clock.advance(150)
    await stage.append({ key: 'b', total: 2 })
    await stage.clock.advance(49)
    expect(calls).toEqual([])

    await stage.clock.advance(1)
    expect(calls).toEqual([[1, 2]])
  })

  it('is one at a time in a partition', async () => {
    const gate = createGate()
    const calls: number[][] = []
    const consumer = stage.consumer([
      onBatch(
        OrderCreated,
        noting(calls, () => gate.opened),
        { maxRecords: 2, maxWaitMs: 0 },
      ),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 }, { key: 'c', total: 3 })
    await stage.clock.advance(5_000)
    expect(calls).toHaveLength(1)

    gate.open()
    await stage.clock.advance(0)
    expect(calls.flat()).toEqual([1, 2, 3])
  })

  it('tells the records, and can be skipped as a whole by a rule', async () => {
    const offsets: bigint[] = []
    const consumer = stage.consumer([
      onBatch(
        OrderCreated,
        (events, context) => {
          offsets.push(...context.records.map(({ offset }) => offset))
          expect(events).toHaveLength(context.records.length)
          return context.skip('on-time')
        },
        { maxRecords: 2, maxWaitMs: 0 },
      ),
    ])
    await consumer.start()
    await stage.append({}, {})
    await stage.clock.advance(0)
    expect(offsets).toEqual([0n, 1n])
    expect(consumer.counts()).toMatchObject({ skipped: { 'on-time': 2 } })
  })

  it('lets a record that another handler wants too wait for those before it', async () => {
    const seen: string[] = []
    const consumer = stage.consumer(
      [
        onBatch(
          'order.*',
          (events) =>
            void seen.push(...events.map(({ payload }) => `batch ${(payload.after as { total: number }).total}`)),
          { maxRecords: 10, maxWaitMs: 100 },
        ),
        on(OrderCreated, ({ payload }) => void seen.push(`one ${payload.after.total}`), { name: 'one' }),
      ],
      { topics: ['orders'] },
    )
    await consumer.start()
    const updated = { name: 'order.updated' }
    await stage.append({ total: 1, envelope: updated }, { total: 2 }, { total: 3, envelope: updated })
    await stage.clock.advance(1_000)
    expect(seen).toEqual(['batch 1', 'batch 2', 'one 2', 'batch 3'])
    expect(consumer.counts()).toMatchObject({ handled: 3, open: 0 })
  })
})

describe('a failure in a batch', () => {
  it('that names its event leaves those before it done, and those behind it for the next batch', async () => {
    const calls: number[][] = []
    const consumer = stage.consumer(
      [
        onBatch(
          OrderCreated,
          async (events, context) => {
            const totals = events.map(({ payload }) => payload.after.total)
            calls.push(totals)
            const bad = totals.indexOf(2)
            if (bad >= 0 && calls.length === 1) throw context.failed(bad, new Error('no such customer'))
          },
          { maxRecords: 4, maxWaitMs: 10, ...oneATime },
        ),
      ],
      {},
    )
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 }, { key: 'c', total: 3 }, { key: 'b', total: 4 })
    await stage.clock.advance(0)
    await stage.clock.advance(10)
    // 4 is of the key of 2 and waits for it.
    expect(calls.slice(1)).toEqual([[3]])

    await stage.clock.advance(1_000)
    expect(calls.slice(2).flat()).toEqual([2, 4])
    expect(consumer.counts()).toMatchObject({ handled: 4, retried: 1, open: 0 })
  })

  it('is set aside alone when its attempts are used up; its key goes on', async () => {
    const handled: number[] = []
    const consumer = stage.consumer([
      onBatch(
        OrderCreated,
        (events, context) => {
          const totals = events.map(({ payload }) => payload.after.total)
          const bad = totals.indexOf(2)
          handled.push(...(bad < 0 ? totals : totals.slice(0, bad)))
          if (bad >= 0) throw context.failed(bad, new Error('never'))
        },
        { maxRecords: 3, maxWaitMs: 0, ...oneATime },
      ),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 }, { key: 'b', total: 3 })
    await stage.clock.advance(2_000)
    expect(handled).toEqual([1, 3])
    expect(consumer.counts()).toMatchObject({ handled: 2, deadLettered: 1, retried: 2, open: 0 })
    expect(await stage.committed()).toBe(3n)
  })

  it('that names nobody is found by smaller and smaller batches; only then an attempt counts', async () => {
    const done = new Set<number>()
    const calls: number[][] = []
    const consumer = stage.consumer([
      onBatch(
        OrderCreated,
        noting(calls, (totals) => {
          if (totals.includes(13)) throw new Error('one of you is bad')
          for (const total of totals) done.add(total)
        }),
        { maxRecords: 16, maxWaitMs: 10, retry: { initialDelayMs: 10, factor: 1, maxAttempts: 2 } },
      ),
    ])
    await consumer.start()
    await stage.append(...Array.from({ length: 16 }, (_, total) => ({ key: `k${total}`, total })))
    await stage.clock.advance(5_000)

    expect(done.size).toBe(15)
    expect(calls.filter((totals) => totals.length === 1 && totals[0] === 13)).toHaveLength(2)
    expect(calls.length).toBeLessThan(25)
    expect(consumer.counts()).toMatchObject({ handled: 15, deadLettered: 1, retried: 1, open: 0 })
  })

  it('of an event that does not fit its definition concerns that event alone', async () => {
    const calls: number[][] = []
    const consumer = stage.consumer([onBatch(OrderCreated, noting(calls), { maxRecords: 2, maxWaitMs: 0 })])
    await consumer.start()
    await stage.append(
      { total: 1 },
      { envelope: { payload: { after: { total: 'many' } } } },
      { value: 'no json' },
      { total: 4 },
    )
    await stage.clock.advance(1_000)
    expect(calls.flat()).toEqual([1, 4])
    expect(consumer.counts()).toMatchObject({ handled: 2, deadLettered: 2, open: 0 })
  })
})

describe('a batch that takes too long', () => {
  it('is called off and tried again in parts, until the slow event is alone and its attempts are used up', async () => {
    const calls: number[][] = []
    const consumer = stage.consumer([
      onBatch(
        OrderCreated,
        async (events, { signal }) => {
          const totals = events.map(({ payload }) => payload.after.total)
          calls.push(totals)
          if (!totals.includes(2)) return
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
        },
        { maxRecords: 2, maxWaitMs: 10, timeoutMs: 100, retry: { maxAttempts: 2, initialDelayMs: 10 } },
      ),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 })
    await stage.clock.advance(2_000)
    expect(calls).toEqual([[1, 2], [1], [2], [2]])
    expect(consumer.counts()).toMatchObject({ handled: 1, deadLettered: 1, retried: 1, open: 0 })
    const [letter] = stage.broker.controls.records('orders.billing.dlq')
    expect(headerText(letter?.headers ?? [], 'lb-failed-step')).toBe('timeout')
  })

  it('is never called again beside itself; others run in its place once it is given up', async () => {
    const gate = createGate()
    const calls: number[][] = []
    const others: number[] = []
    const consumer = stage.consumer(
      [
        onBatch(
          OrderCreated,
          noting(calls, (_, call) => (call === 1 ? gate.opened : undefined)),
          { maxRecords: 1, maxWaitMs: 0, timeoutMs: 100, abandonAfterMs: 1_000, retry: { budgetMs: 600_000 } },
        ),
        on('order.updated', ({ payload }) => void others.push((payload.after as { total: number }).total)),
      ],
      { concurrency: 1, topics: ['orders'] },
    )
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2, envelope: { name: 'order.updated' } })
    await stage.clock.advance(1_000)
    expect(others).toEqual([])

    await stage.clock.advance(60_000)
    expect(calls).toEqual([[1]])
    expect(others).toEqual([2])
    expect(consumer.health().status).toBe('degraded')

    gate.open()
    await stage.clock.advance(5_000)
    expect(calls).toEqual([[1], [1]])
    expect(consumer.counts()).toMatchObject({ handled: 2, retried: 1, open: 0 })
    expect(consumer.health().status).toBe('ok')
  })
})

describe('a batch and the end', () => {
  it('is handed over at once when the consumer closes', async () => {
    const calls: number[][] = []
    const consumer = stage.consumer([onBatch(OrderCreated, noting(calls), { maxRecords: 10, maxWaitMs: 60_000 })])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 })
    await stage.clock.advance(10)
    const report = consumer.close()
    await stage.clock.advance(0)
    expect(await report).toMatchObject({ drained: 2, left: 0, aborted: 0 })
    expect(calls).toEqual([[1, 2]])
    expect(await stage.committed()).toBe(2n)
  })

  it('lets nothing overtake what failed while the consumer closes', async () => {
    const handled: number[] = []
    const consumer = stage.consumer([
      onBatch(
        OrderCreated,
        (events, context) => {
          for (const [index, { payload }] of events.entries()) {
            if (payload.after.total === 1) throw context.failed(index, new Error('not now'))
            handled.push(payload.after.total)
          }
        },
        { maxRecords: 10, maxWaitMs: 60_000, retry: { initialDelayMs: 30_000 } },
      ),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'a', total: 2 }, { key: 'b', total: 3 })
    await stage.clock.advance(10)
    const report = consumer.close()
    await stage.clock.advance(100)
    expect(await report).toMatchObject({ left: 2 })
    expect(handled).toEqual([3])
    expect(await stage.committed()).not.toBe(3n)
  })

  it('comes again when the partition was taken away, and the late result counts for nothing', async () => {
    const gate = createGate()
    const calls: number[][] = []
    const consumer = stage.consumer([
      onBatch(
        OrderCreated,
        noting(calls, (_, call) => (call === 1 ? gate.opened : undefined)),
        { maxRecords: 2, maxWaitMs: 10 },
      ),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 })
    await stage.clock.advance(0)
    stage.broker.controls.takeAway('billing')()
    await stage.clock.advance(5_000)
    gate.open()
    await stage.clock.advance(1_000)
    expect(calls).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(consumer.counts()).toMatchObject({ handled: 2, lost: 2, open: 0 })
  })

  it('can be closed from within: its own records come again', async () => {
    let report: unknown
    const consumer = stage.consumer([
      onBatch(
        OrderCreated,
        async () => {
          report = await consumer.close({ drainMs: 60_000 })
        },
        { maxRecords: 2, maxWaitMs: 10 },
      ),
    ])
    await consumer.start()
    await stage.append({ key: 'a' }, { key: 'b' })
    await stage.clock.advance(0)
    expect(report).toMatchObject({ aborted: 1, left: 2 })
  })
})

describe('onBatch', () => {
  it('is checked before anything starts', () => {
    const handler = () => undefined
    expect(() => stage.consumer([onBatch(OrderCreated, handler, { maxRecords: 0, maxWaitMs: -1 })])).toThrow(
      /maxRecords: a whole number from 1.*maxWaitMs: a whole number from 0/s,
    )
    // @ts-expect-error for callers without types
    expect(() => stage.consumer([onBatch(OrderCreated, handler)])).toThrow(/subscriptions\[0\]/)
  })
})
