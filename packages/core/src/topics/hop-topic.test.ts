import { describe, expect, it } from 'vitest'
import {
  deadLetterStateTopicOf,
  deadLetterTopicOf,
  parkedDeadLetterTopicOf,
  parkingTopicOf,
  redriveLaneOf,
  retryTopicOf,
} from './group-topics.ts'
import { isHopTopic, isInternalTopic } from './hop-topic.ts'

describe('a topic of a group', () => {
  it.each([deadLetterTopicOf, parkedDeadLetterTopicOf, deadLetterStateTopicOf, parkingTopicOf, redriveLaneOf])(
    'is known by its name: %o',
    (nameOf) => {
      for (const topic of ['orders', 'orders.eu']) expect(isHopTopic(nameOf(topic, 'billing'))).toBe(true)
    },
  )

  it('is known by every delay', () => {
    for (const delayMs of [1, 1_500, 30_000, 300_000, 7_200_000]) {
      expect(isHopTopic(retryTopicOf('orders', 'billing', delayMs))).toBe(true)
    }
  })

  it.each(['orders', 'orders.eu', 'orders.retry', 'dlq', 'retry.orders.eu', 'orders.billing.dlq.archive'])(
    'is none that is called %s',
    (topic) => {
      expect(isHopTopic(topic)).toBe(false)
    },
  )
})

describe('an internal topic', () => {
  it('is Kafka’s own or ours', () => {
    const topics = ['__consumer_offsets', 'ledgerbus-replay-checkpoints', 'orders', 'my-ledgerbus-topic']
    expect(topics.filter(isInternalTopic)).toEqual(['__consumer_offsets', 'ledgerbus-replay-checkpoints'])
  })
})
