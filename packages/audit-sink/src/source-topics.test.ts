import { describe, expect, it } from 'vitest'
import { resolveSources, sourceProblems } from './source-topics.ts'

const admin = (...topics: readonly string[]) => ({ listTopics: () => Promise.resolve(topics) })

describe('the topics of a sink', () => {
  it('are those named, whether they exist or not: the broker says what is missing', async () => {
    expect(await resolveSources(['orders', 'missing', 'orders'], admin('orders'))).toEqual(['orders', 'missing'])
  })

  it('are those that fit a pattern, without retries, dead letters, Kafka’s own and ours', async () => {
    const existing = [
      'orders',
      'orders.eu',
      'users',
      'orders.billing.dlq',
      'orders.billing.retry.5s',
      'orders.billing.retry',
      'orders.billing.dlq.parked',
      'orders.billing.dlq.state',
      '__consumer_offsets',
      'ledgerbus-replay-checkpoints',
    ]
    expect(await resolveSources(['*'], admin(...existing))).toEqual(['orders', 'orders.eu', 'users'])
    expect(await resolveSources(['orders*', 'users'], admin(...existing))).toEqual(['users', 'orders', 'orders.eu'])
    expect(await resolveSources(['*.eu'], admin(...existing))).toEqual(['orders.eu'])
  })

  it('are refused when they hold retries or dead letters', () => {
    expect(sourceProblems(['orders.billing.dlq', 'orders.billing.retry.30s'])).toHaveLength(2)
    expect(sourceProblems(['orders', 'orders.retry', 'dlq', 'retry.orders.eu'])).toEqual([])
    expect(sourceProblems(['orders.billing.dlq.archive'])).toEqual([])
  })

  it('are refused when they are none', () => {
    expect(sourceProblems([])).toHaveLength(1)
    expect(sourceProblems(['', 'a b', 'ä', 'x'.repeat(250)])).toHaveLength(4)
  })

  it('must be at least one', async () => {
    await expect(resolveSources(['nothing*'], admin('orders'))).rejects.toMatchObject({ code: 'SINK_NO_TOPICS' })
  })
})
