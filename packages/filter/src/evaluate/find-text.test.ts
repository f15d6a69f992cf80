import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codePointsIn, occursIn } from './find-text.ts'

const few = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 60 })

describe('the search in a text', () => {
  it('finds what String.includes finds', () => {
    // Long enough that the product of the lengths lies beyond what is left to String.includes.
    const long = fc.tuple(few, fc.integer({ min: 1, max: 200 })).map(([text, times]) => text.repeat(times))
    fc.assert(
      fc.property(long, few, few, fc.integer({ min: 0, max: 40 }), (text, start, end, times) => {
        const part = start.repeat(times) + end
        expect(occursIn(text, part)).toBe(text.includes(part))
        expect(occursIn(start + part + end, part)).toBe(true)
      }),
      { seed: 6, numRuns: 500 },
    )
  })

  it('finds a part at the beginning, at the end and as the whole, and none that is longer', () => {
    const part = 'ab'.repeat(200)
    const text = 'a'.repeat(1_000)
    for (const whole of [part + text, text + part, text + part + text]) expect(occursIn(whole, part)).toBe(true)
    expect(occursIn(part, part)).toBe(true)
    expect(occursIn(part, `${part}a`)).toBe(false)
    expect(occursIn('a'.repeat(5_000), 'a'.repeat(5_001))).toBe(false)
    expect(occursIn('', '')).toBe(true)
  })

  it('takes milliseconds where String.includes takes seconds', () => {
    const text = 'a'.repeat(500_000)
    const part = `${'a'.repeat(60_000)}b${'a'.repeat(60_000)}`
    const start = performance.now()
    expect(occursIn(text, part)).toBe(false)
    expect(performance.now() - start).toBeLessThan(500)
  })
})

describe('the length of a text', () => {
  it('is its number of code points, with lone halves of pairs', () => {
    const units = fc.string({ unit: fc.constantFrom('a', '😀', '\ud83d', '\ude00'), maxLength: 20 })
    fc.assert(
      fc.property(units, (text) => {
        expect(codePointsIn(text)).toBe(Array.from(text).length)
      }),
      { seed: 6 },
    )
  })
})
