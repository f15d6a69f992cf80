import { describe, expect, it } from 'vitest'
import { collectRange } from './offsets.ts'

describe('a stretch of a partition on the command line', () => {
  it.each([
    ['orders/1', { topic: 'orders', partition: 1 }],
    ['orders.eu-1/0:100-200', { topic: 'orders.eu-1', partition: 0, from: 100n, below: 200n }],
    ['orders/1:100-', { topic: 'orders', partition: 1, from: 100n }],
    ['orders/1:-200', { topic: 'orders', partition: 1, below: 200n }],
  ])('%s is read', (text, range) => {
    expect(collectRange(text, undefined)).toEqual([range])
  })

  it('adds to those before it', () => {
    expect(collectRange('orders/1', collectRange('orders/0', undefined))).toHaveLength(2)
  })

  it.each([
    'orders',
    'orders/',
    'orders/x',
    '/1',
    'orders/1:',
    'orders/1:5',
    'orders/1:-',
    'orders/1:9-9',
    'orders/1:9-8',
    'a b/1',
  ])('%s is refused', (text) => {
    expect(() => collectRange(text, undefined)).toThrow(/Use topic\/partition|at least one|has to lie before/u)
  })
})
