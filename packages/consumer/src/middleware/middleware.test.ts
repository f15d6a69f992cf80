import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, OrderCreated, type Stage } from '../../test/stage.ts'
import { on, onBatch } from '../on.ts'
import type { Middleware } from './middleware.ts'

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

function noting(log: string[], name: string): Middleware {
  return async (call, next) => {
    log.push(`${name} before ${call.handlerName} of ${call.events.length}`)
    const result = await next()
    log.push(`${name} after`)
    return result
  }
}

const once = { retry: { maxAttempts: 1 } }

describe('middleware', () => {
  it('runs around the handler: the consumer’s outside, the subscription’s inside', async () => {
    const log: string[] = []
    const consumer = stage.consumer(
      [on(OrderCreated, () => void log.push('handler'), { use: [noting(log, 'inner')] })],
      { use: [noting(log, 'outer')] },
    )
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    expect(log).toEqual([
      'outer before order.created of 1',
      'inner before order.created of 1',
      'handler',
      'inner after',
      'outer after',
    ])
    expect(consumer.counts()).toMatchObject({ handled: 1 })
  })

  it('runs around a batch as a whole', async () => {
    const log: string[] = []
    const consumer = stage.consumer(
      [onBatch(OrderCreated, () => void log.push('handler'), { maxRecords: 2, maxWaitMs: 10 })],
      { use: [noting(log, 'outer')] },
    )
    await consumer.start()
    await stage.append({}, {})
    await stage.clock.advance(10)
    expect(log).toEqual(['outer before order.created of 2', 'handler', 'outer after'])
  })

  it('may skip the records by a rule, and pass on the handler’s own skip', async () => {
    const consumer = stage.consumer(
      [on(OrderCreated, ({ payload }, context) => (payload.after.total === 2 ? context.skip('two') : undefined))],
      {
        use: [
          (call, next) => {
            const [first] = call.events
            return (first?.payload.after as { readonly total: number } | undefined)?.total === 1
              ? call.skip('one')
              : next()
          },
        ],
      },
    )
    await consumer.start()
    await stage.append({ total: 1 }, { total: 2 }, { total: 3 })
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ handled: 1, skipped: { one: 1, two: 1 } })
  })

  it('that throws fails the attempt, which is tried again', async () => {
    let calls = 0
    const consumer = stage.consumer([on(OrderCreated, () => undefined)], {
      use: [
        (_, next) => {
          calls += 1
          if (calls === 1) throw new Error('no tenant')
          return next()
        },
      ],
    })
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(1_000)
    expect(consumer.counts()).toMatchObject({ handled: 1, retried: 1 })
  })

  it('that forgets the handler does not count as having handled', async () => {
    const consumer = stage.consumer([on(OrderCreated, () => undefined, once)], { use: [() => undefined] })
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ handled: 0, deadLettered: 1 })
    expect(stage.logger.lines.at(-1)?.facts).toMatchObject({ code: 'CONSUMER_MIDDLEWARE_MISUSED' })
  })

  it('calls the handler once, however often it asks', async () => {
    let calls = 0
    const consumer = stage.consumer([on(OrderCreated, () => void (calls += 1), once)], {
      use: [
        async (_, next) => {
          await next()
          return next()
        },
      ],
    })
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    expect(calls).toBe(1)
    expect(consumer.counts()).toMatchObject({ deadLettered: 1 })
  })

  it('is a list of functions, checked before anything starts', () => {
    // @ts-expect-error for callers without types
    expect(() => stage.consumer([on(OrderCreated, () => undefined, { use: 'log' })])).toThrow(/subscriptions\[0\]: use/)
    // @ts-expect-error for callers without types
    expect(() => stage.consumer([on(OrderCreated, () => undefined)], { use: [1] })).toThrow(/use: a list/)
  })
})
