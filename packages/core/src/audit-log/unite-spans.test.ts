import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { uniteSpans } from './unite-spans.ts'

const spans = fc.array(fc.record({ from: fc.bigInt({ min: 0n, max: 40n }), to: fc.bigInt({ min: 0n, max: 40n }) }), {
  maxLength: 12,
})

describe('united spans', () => {
  it('hold the same offsets, rise, and never touch', () => {
    fc.assert(
      fc.property(spans, (given) => {
        const united = uniteSpans(given)
        for (let offset = 0n; offset < 41n; offset += 1n) {
          const isIn = ({ from, to }: { readonly from: bigint; readonly to: bigint }) => from <= offset && offset < to
          expect(united.some(isIn)).toBe(given.some(isIn))
        }
        for (const [index, { from, to }] of united.entries()) {
          expect(from).toBeLessThan(to)
          expect(from).toBeGreaterThan(united[index - 1]?.to ?? -1n)
        }
      }),
    )
  })
})
