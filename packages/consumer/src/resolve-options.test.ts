import { ConfigurationError } from '@ledgerbus/core'
import { createInMemoryBroker } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { OrderCreated } from '../test/stage.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import { createConsumer } from './create-consumer.ts'
import { on } from './on.ts'
import { resolveConsumerOptions } from './resolve-options.ts'

const broker = createInMemoryBroker()
const handler = () => undefined

function problemsOf(options: object): readonly string[] {
  try {
    createConsumer({ broker, groupId: 'g', subscriptions: [on(OrderCreated, handler)], ...options })
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

describe('options of a consumer', () => {
  it('are refused with every problem at once', () => {
    const problems = problemsOf({
      groupId: 'my group',
      concurrency: 0,
      startFrom: 'newest',
      prefetch: 3,
      retry: { maxAttempts: 0 },
      subscriptions: [on(OrderCreated, handler), on(OrderCreated, handler), on('order..x', handler), on('**', handler)],
    })
    const expected = [
      /prefetch: is no option/,
      /groupId: a name of letters/,
      /concurrency: a whole number from 1 to 10000, not 0/,
      /startFrom: "earliest" or "latest", not newest/,
      /^retry\.maxAttempts/,
      /subscriptions\[1\]: two handlers are named "order\.created"/,
      /subscriptions\[2\]: "order\.\.x"/,
      /the pattern "\*\*" fits events of any topic; name those to read in `topics`/,
    ]
    expect(problems).toHaveLength(expected.length)
    for (const pattern of expected) expect(problems).toContainEqual(expect.stringMatching(pattern))
  })

  it('need a subscription that on() made', () => {
    expect(problemsOf({ subscriptions: [] })).toEqual([expect.stringContaining('at least one')])
    expect(problemsOf({ subscriptions: [OrderCreated] })).toEqual([expect.stringContaining('made by on(')])
  })

  it('leave no room for a dead-letter topic whose name Kafka refuses', () => {
    expect(problemsOf({ groupId: 'g'.repeat(245) })).toEqual([expect.stringContaining('more than 249 characters')])
  })
})

describe('the topics of a consumer', () => {
  const topicsOf = (subscriptions: ConsumerOptions['subscriptions'], topics?: readonly string[]) =>
    resolveConsumerOptions({ broker, groupId: 'g', subscriptions, ...(topics !== undefined && { topics }) }).topics

  it('are those of its definitions and the first words of its patterns', () => {
    expect(topicsOf([on(OrderCreated, handler), on('user.*', handler), on('user.profile.**', handler)])).toEqual([
      'orders',
      'user',
    ])
  })

  it('are those given instead of the ones of patterns', () => {
    expect(topicsOf([on(OrderCreated, handler), on('user.*', handler), on('**', handler)], ['identity'])).toEqual([
      'identity',
      'orders',
    ])
  })
})

describe('the retry policy of a subscription', () => {
  it('is the consumer’s own, with its differences', () => {
    const { handlers } = resolveConsumerOptions({
      broker,
      groupId: 'g',
      retry: { maxAttempts: 9, budgetMs: 1 },
      subscriptions: [on(OrderCreated, handler, { retry: { maxAttempts: 2 } })],
    })
    expect(handlers[0]?.policy).toMatchObject({ maxAttempts: 2, budgetMs: 1, factor: 2 })
  })
})
