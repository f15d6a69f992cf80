import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countDistinctKeys } from './distinct-keys.ts'

const bytes = new TextEncoder()

describe('distinct keys', () => {
  it('are counted exactly up to the bound, and beyond it told to be more', () => {
    const topic = fc.constantFrom('orders', 'users')
    const key = fc.uint8Array({ maxLength: 2, max: 255 })
    fc.assert(
      fc.property(fc.array(fc.tuple(topic, key)), fc.integer({ min: 1, max: 20 }), (given, maxKeys) => {
        const keys = countDistinctKeys({ maxKeys })
        for (const [ofTopic, one] of given) keys.add(ofTopic, one)
        const distinct = new Set(given.map(([ofTopic, one]) => `${ofTopic} ${one.join()}`)).size
        expect([keys.counted, keys.hasMore]).toEqual([Math.min(distinct, maxKeys), distinct > maxKeys])
      }),
    )
  })

  it('are no more than were counted when the same ones come again', () => {
    const keys = countDistinctKeys({ maxKeys: 2 })
    for (const key of ['a', 'b', 'a', 'b']) keys.add('orders', bytes.encode(key))
    expect([keys.counted, keys.hasMore]).toEqual([2, false])
  })

  it('are not told apart any more when they hold too many bytes', () => {
    const keys = countDistinctKeys({ maxKeyBytes: 10 })
    keys.add('orders', bytes.encode('12345'))
    keys.add('orders', bytes.encode('67890'))
    expect([keys.counted, keys.hasMore]).toEqual([2, false])
    keys.add('orders', bytes.encode('x'))
    keys.add('orders', bytes.encode('y'))
    expect([keys.counted, keys.hasMore]).toEqual([2, true])
  })

  it('are some million at most, however many there are', () => {
    const keys = countDistinctKeys()
    const key = new Uint8Array(4)
    const view = new DataView(key.buffer)
    for (let number = 0; number <= 1_000_000; number += 1) {
      view.setUint32(0, number)
      keys.add('orders', key)
    }
    expect([keys.counted, keys.hasMore]).toEqual([1_000_000, true])
  })
})
