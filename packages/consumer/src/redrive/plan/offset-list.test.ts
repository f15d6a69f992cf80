import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeOffsets, encodeOffsets } from './offset-list.ts'

describe('a list of offsets', () => {
  it('keeps every offset and their order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 2n ** 62n })),
        fc.array(fc.bigInt({ min: 0n, max: 12n })),
        (large, small) => {
          const offsets = [...large, ...small]
          expect([...decodeOffsets(encodeOffsets(offsets))]).toEqual(offsets)
        },
      ),
    )
  })

  it('is short for offsets in a row', () => {
    expect(encodeOffsets([0n, 1n, 2n, 4n, 9n, 8n])).toBe('0-2,4,9,8')
    expect(encodeOffsets([])).toBe('')
  })

  it.each(['a', '1-', '3-2', '1,,2', '-1'])('is refused when malformed: %s', (text) => {
    expect(() => [...decodeOffsets(text)]).toThrow(RangeError)
  })
})
