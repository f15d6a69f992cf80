import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../errors/configuration-error.ts'
import {
  deadLetterStateTopicOf,
  deadLetterTopicOf,
  laneSourceOf,
  parkedDeadLetterTopicOf,
  parkingTopicOf,
  redriveLaneOf,
  retryTopicOf,
} from './group-topics.ts'

describe('topics of a group', () => {
  it('are named after the topic, the group and what they are for', () => {
    expect(deadLetterTopicOf('order', 'billing')).toBe('order.billing.dlq')
    expect(parkedDeadLetterTopicOf('order', 'billing')).toBe('order.billing.dlq.parked')
    expect(deadLetterStateTopicOf('order', 'billing')).toBe('order.billing.dlq.state')
    expect(parkingTopicOf('order', 'billing')).toBe('order.billing.retry')
    expect(redriveLaneOf('order', 'billing')).toBe('order.billing.retry.0s')
  })

  it.each([
    [0, '0s'],
    [1, '1ms'],
    [1_500, '1500ms'],
    [30_000, '30s'],
    [90_000, '90s'],
    [300_000, '5m'],
    [5_400_000, '90m'],
    [86_400_000, '24h'],
  ])('write a delay of %i ms as %s', (delayMs, text) => {
    expect(retryTopicOf('order', 'billing', delayMs)).toBe(`order.billing.retry.${text}`)
  })

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuse a delay of %d ms', (delayMs) => {
    expect(() => retryTopicOf('order', 'billing', delayMs)).toThrow(ConfigurationError)
  })
})

describe('the source of a lane', () => {
  const names = fc.stringMatching(/^[a-zA-Z0-9._-]{1,40}$/)
  const words = fc.constantFrom('a', 'retry', '0s', '5m', 'dlq', '1500ms')
  /** Names made of the very words that lanes are made of. */
  const confusing = fc.array(words, { minLength: 1, maxLength: 4 }).map((of) => of.join('.'))
  const anyName = fc.oneof(names, confusing)

  it('is found again from every retry topic of the group, whatever the topic and the group are called', () => {
    fc.assert(
      fc.property(anyName, anyName, fc.nat(100_000_000), (topic, groupId, delayMs) => {
        expect(laneSourceOf(retryTopicOf(topic, groupId, delayMs), groupId)).toBe(topic)
        expect(laneSourceOf(redriveLaneOf(topic, groupId), groupId)).toBe(topic)
        expect(laneSourceOf(parkingTopicOf(topic, groupId), groupId)).toBe(topic)
      }),
    )
  })

  it('is claimed only for names that the group gives to its retry topics', () => {
    fc.assert(
      fc.property(anyName, anyName, (name, groupId) => {
        const source = laneSourceOf(name, groupId)
        if (source === undefined) return
        expect(name === parkingTopicOf(source, groupId) || name.startsWith(`${parkingTopicOf(source, groupId)}.`)).toBe(
          true,
        )
      }),
    )
  })

  it.each([
    'order',
    'order.billing.dlq',
    'order.billing.dlq.state',
    'order.shipping.retry',
    'order.shipping.retry.30s',
    'order.billing.retry.30000ms',
    'order.billing.retry.007s',
    'order.billing.retry.soon',
    'order.billing.retry.dlq',
    '.billing.retry',
    'billing.retry',
  ])('is nothing for %s', (name) => {
    expect(laneSourceOf(name, 'billing')).toBeUndefined()
  })
})
