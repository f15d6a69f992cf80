import { createSeededRandom } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, OrderCreated, type Stage } from '../../test/stage.ts'
import { on, onBatch } from '../on.ts'
import { pauseMs } from './pause.ts'

class Away extends Error {}

const retry = { classify: (error: unknown) => (error instanceof Away ? 'pause' : 'retry') } as const

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

describe('a handler that says its partition is to pause', () => {
  it('is called again until it went through, and spends no attempt meanwhile', async () => {
    const attempts: number[] = []
    let failures = 3
    const consumer = stage.consumer([
      on(
        OrderCreated,
        (_, { attempt }) => {
          attempts.push(attempt)
          if (failures === 0) return
          failures -= 1
          throw new Away('the payment service is away')
        },
        { retry: { ...retry, maxAttempts: 1 } },
      ),
    ])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(60_000)

    expect(attempts).toEqual([1, 1, 1, 1])
    expect(consumer.counts()).toMatchObject({ handled: 1, deadLettered: 0, retried: 0 })
    expect(await stage.committed()).toBe(1n)
  })

  it('holds the other keys of its partition, not those of other partitions; health says why while it lasts', async () => {
    stage.broker.controls.addPartitions('orders', 2)
    let isAway = true
    const handled: string[] = []
    const consumer = stage.consumer(
      [
        on(
          OrderCreated,
          async (event) => {
            if (isAway && event.payload.after.total === 1) throw new Away('away')
            handled.push(String(event.payload.after.total))
          },
          { retry },
        ),
      ],
      { concurrency: 2 },
    )
    await consumer.start()
    await stage.append({ key: 'a', total: 1 })
    await stage.clock.advance(0)
    await stage.append({ key: 'b', total: 2 }, { key: 'c', total: 3, partition: 1 })
    await stage.clock.advance(30_000)

    expect(handled).toEqual(['3'])
    expect(consumer.health()).toMatchObject({
      status: 'degraded',
      degradations: [
        { reason: 'paused-by-handler', topic: 'orders', partition: 0, message: 'order.created: Error: away' },
      ],
    })
    isAway = false
    await stage.clock.advance(60_000)
    expect(handled).toEqual(['3', '1', '2'])
    expect(consumer.health()).toMatchObject({ status: 'ok', degradations: [] })
  })

  it('gets a place before the others as soon as there is one, with several of them too', async () => {
    let isAway = true
    const log: string[] = []
    const consumer = stage.consumer(
      [
        on(
          OrderCreated,
          async (event) => {
            log.push(`${event.payload.after.total}`)
            if (isAway && event.payload.after.total < 3) throw new Away('away')
          },
          { retry },
        ),
      ],
      { concurrency: 2 },
    )
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 }, { key: 'c', total: 3 }, { key: 'd', total: 4 })
    await stage.clock.advance(2_000)
    isAway = false
    log.length = 0
    await stage.clock.advance(30_000)

    expect(log.slice(0, 2).toSorted()).toEqual(['1', '2'])
    expect(log).toHaveLength(4)
    expect(consumer.counts().handled).toBe(4)
  })

  it('goes on to the retries of its policy when it fails in another way', async () => {
    const errors = [new Away('away'), new Error('broken'), new Error('broken')]
    const consumer = stage.consumer([
      on(
        OrderCreated,
        () => {
          throw errors.shift() ?? new Error('one call too many')
        },
        { retry: { ...retry, maxAttempts: 2 } },
      ),
    ])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(60_000)

    expect(errors).toEqual([])
    expect(consumer.counts()).toMatchObject({ deadLettered: 1, retried: 1 })
    expect(consumer.health().status).toBe('ok')
  })

  it('ends with the consumer: the record is left and comes again', async () => {
    const consumer = stage.consumer([on(OrderCreated, () => Promise.reject(new Away('away')), { retry })])
    await consumer.start()
    await stage.append({ key: 'a' }, { key: 'b' })
    await stage.clock.advance(10_000)
    const closed = consumer.close({ drainMs: 1_000 })
    await stage.clock.advance(2_000)

    expect(await closed).toMatchObject({ left: 2, aborted: 0 })
    expect(consumer.health().degradations).toEqual([])
    expect(stage.clock.waiting).toBe(0)
  })

  it('ends with the ownership of its partition', async () => {
    const consumer = stage.consumer([on(OrderCreated, () => Promise.reject(new Away('away')), { retry })])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(5_000)
    stage.broker.controls.takeAway('billing')
    await stage.clock.advance(0)

    expect(consumer.health().degradations).toEqual([])
  })

  it('may take batches', async () => {
    let isAway = true
    const seen: number[] = []
    const consumer = stage.consumer([
      onBatch(
        OrderCreated,
        async (events, context) => {
          if (isAway) throw context.failed(0, new Away('away'))
          seen.push(...events.map((event) => event.payload.after.total))
        },
        { maxRecords: 10, maxWaitMs: 10, retry },
      ),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 })
    await stage.clock.advance(5_000)
    expect(seen).toEqual([])
    isAway = false
    await stage.clock.advance(60_000)

    expect(seen.toSorted()).toEqual([1, 2])
  })
})

describe('the wait of a pause', () => {
  it('grows from a second to half a minute, and differs by chance', () => {
    const random = createSeededRandom(7)
    const waits = Array.from({ length: 100 }, (_, index) => pauseMs(index + 1, random))
    expect(waits[0]).toBeGreaterThanOrEqual(1_000)
    expect(waits[0]).toBeLessThanOrEqual(1_500)
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
    expect(Math.min(...waits.slice(5))).toBeGreaterThanOrEqual(20_000)
    expect(new Set(waits.slice(10)).size).toBeGreaterThan(50)
  })
})
