import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitsTopicPattern, isTopicPattern } from './topic-pattern.ts'

describe('a pattern of topics', () => {
  it('fits as a regular expression would have it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 8 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), minLength: 1, maxLength: 7 })
    fc.assert(
      fc.property(pattern, text, (source, topic) => {
        const expected = new RegExp(`^${source.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(topic)
        expect(fitsTopicPattern(source, topic)).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  it('has a star', () => {
    expect(['orders', 'orders.*', '*'].map(isTopicPattern)).toEqual([false, true, true])
  })

  it('with many stars takes no longer than it is long', () => {
    const pattern = `${'*a'.repeat(100)}b`
    expect(fitsTopicPattern(pattern, 'a'.repeat(249))).toBe(false)
  })
})
