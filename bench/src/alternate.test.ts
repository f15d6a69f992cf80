import { describe, expect, it } from 'vitest'
import { alternate, median } from './alternate.ts'

describe('median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5)
  })

  it('is the mean of the two middle values of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  it('refuses an empty list', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('alternate', () => {
  it('leaves out the warm-up, takes turns, and divides the peer by ours', async () => {
    const order: string[] = []
    const oursTimes = [100, 1, 2]
    const peerTimes = [100, 2, 2]

    const result = await alternate(
      2,
      async () => {
        order.push('ours')
        return oursTimes.shift() ?? 0
      },
      async () => {
        order.push('peer')
        return peerTimes.shift() ?? 0
      },
      () => undefined,
    )

    expect(order).toEqual(['ours', 'peer', 'peer', 'ours', 'ours', 'peer'])
    expect(result.ratios).toEqual([2, 1])
  })
})
