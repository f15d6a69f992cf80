import { headerText } from '@ledgerbus/core'
import { createGate } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated, type Stage } from '../../test/stage.ts'
import { on } from '../on.ts'

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

function lettersOf(header: string): (string | undefined)[] {
  return stage.broker.controls.records(`orders.${groupId}.dlq`).map(({ headers }) => headerText(headers, header))
}

describe('a handler with a time limit', () => {
  it('that ends in time is handled, and leaves no timer behind', async () => {
    const consumer = stage.consumer([on(OrderCreated, () => stage.clock.sleep(99), { timeoutMs: 100 })], {
      commitIntervalMs: 1,
    })
    await consumer.start()
    const waiting = stage.clock.waiting
    await stage.append({})
    await stage.clock.advance(500)

    expect(consumer.counts()).toMatchObject({ handled: 1, retried: 0 })
    expect(stage.clock.waiting).toBe(waiting)
  })

  it('that takes longer finds its signal aborted, with the reason, and has failed also when it returns', async () => {
    const reasons: unknown[] = []
    const handler = on(
      OrderCreated,
      (_, { signal }) =>
        new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason)
            resolve()
          })
        }),
      { timeoutMs: 100, retry: { maxAttempts: 2 } },
    )
    const consumer = stage.consumer([handler])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(10_000)

    expect(reasons).toMatchObject([{ code: 'CONSUMER_HANDLER_TIMED_OUT' }, { code: 'CONSUMER_HANDLER_TIMED_OUT' }])
    expect(consumer.counts()).toMatchObject({ handled: 0, retried: 1, deadLettered: 1 })
    expect(lettersOf('lb-failed-step')).toEqual(['timeout'])
    expect(lettersOf('lb-error-code')).toEqual(['CONSUMER_HANDLER_TIMED_OUT'])
  })

  it('finds its signal aborted too when it asks for it only afterwards', async () => {
    let isAborted: boolean | undefined
    const handler = on(
      OrderCreated,
      async (_, context) => {
        await stage.clock.sleep(200)
        isAborted ??= context.signal.aborted
      },
      { timeoutMs: 100, retry: { maxAttempts: 1 } },
    )
    const consumer = stage.consumer([handler])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(1_000)

    expect(isAborted).toBe(true)
  })

  it('that does not settle keeps its key, and is never called again beside itself', async () => {
    const gate = createGate()
    let running = 0
    let most = 0
    const handled: number[] = []
    const handler = on(
      OrderCreated,
      async (event) => {
        running += 1
        most = Math.max(most, running)
        if (event.payload.after.total === 1 && handled.length === 0) await gate.opened
        handled.push(event.payload.after.total)
        running -= 1
      },
      { timeoutMs: 100, abandonAfterMs: 1_000 },
    )
    const activities: string[] = []
    const consumer = stage.consumer([handler], {
      concurrency: 1,
      observer: ({ kind }) => void activities.push(kind),
    })
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'a', total: 2 }, { key: 'b', total: 3 })
    await stage.clock.advance(1_099)
    expect(handled).toEqual([])
    expect(consumer.health().degradations).toEqual([])

    // It is abandoned: another key takes its place.
    await stage.clock.advance(1)
    expect(handled).toEqual([3])
    expect(consumer.health()).toMatchObject({ status: 'degraded', degradations: [{ reason: 'handler-abandoned' }] })
    expect(activities).toEqual(expect.arrayContaining(['handler-timed-out', 'handler-abandoned']))
    await stage.clock.advance(10_000)
    expect(handled).toEqual([3])

    gate.open()
    await stage.clock.advance(10_000)
    expect(handled).toEqual([3, 1, 1, 2])
    expect(most).toBe(2)
    expect(consumer.health().degradations).toEqual([])
    expect(consumer.counts()).toMatchObject({ handled: 3, retried: 1 })
  })

  it('gives back the place its own bound has, once it is abandoned', async () => {
    const handled: number[] = []
    const handler = on(
      OrderCreated,
      (event) => {
        if (event.payload.after.total === 1) return new Promise(() => undefined)
        handled.push(event.payload.after.total)
        return undefined
      },
      { timeoutMs: 100, abandonAfterMs: 0, concurrency: 1 },
    )
    const consumer = stage.consumer([handler])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 }, { key: 'c', total: 3 })
    await stage.clock.advance(200)

    expect(handled).toEqual([2, 3])
  })

  it('that is abandoned does not hold up the end of the consumer, and its record comes again', async () => {
    const handler = on(OrderCreated, () => new Promise(() => undefined), { timeoutMs: 100, abandonAfterMs: 0 })
    const consumer = stage.consumer([handler])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(1_000)
    const startedMs = stage.clock.monotonicMs()
    const closed = consumer
      .close({ drainMs: 20_000 })
      .then((report) => ({ report, tookMs: stage.clock.monotonicMs() - startedMs }))
    await stage.clock.advance(30_000)

    const { report, tookMs } = await closed
    expect(report.left).toBe(1)
    expect(tookMs).toBeLessThan(1_000)
  })

  it('is refused what has no effect', () => {
    expect(() => stage.consumer([on(OrderCreated, () => undefined, { abandonAfterMs: 5 })])).toThrow(
      'abandonAfterMs: needs timeoutMs',
    )
    expect(() => stage.consumer([on(OrderCreated, () => undefined, { timeoutMs: 0 })])).toThrow('timeoutMs: a whole')
  })
})
