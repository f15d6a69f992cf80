import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeIntent, parseIntent } from './intent.ts'

describe('an intent', () => {
  it('comes back from the metadata of a commit as it went in', () => {
    const intents = fc.record({
      next: fc.bigInt(0n, 2n ** 63n - 1n),
      records: fc.integer({ min: 1, max: 1_000_000 }),
      digest: fc.integer({ min: 0, max: 0xffff_ffff }),
    })
    fc.assert(
      fc.property(intents, (intent) => {
        const metadata = encodeIntent(intent)
        expect(parseIntent(metadata)).toEqual(intent)
        expect(metadata.length).toBeLessThan(64)
      }),
    )
  })

  it('is written as every version before wrote it', () => {
    expect(encodeIntent({ next: 12n, records: 3, digest: 0xab })).toBe('1:12:3:000000ab')
  })

  it('is nothing that others left in a commit', () => {
    fc.assert(
      fc.property(fc.string(), (metadata) => {
        expect(parseIntent(metadata)).toBeUndefined()
      }),
    )
    for (const metadata of [
      '',
      '2:12:3:000000ab',
      '1:12:3:000000AB',
      '1:-2:3:000000ab',
      'm1:AAEC',
      '1:12:3:000000ab ',
    ]) {
      expect(parseIntent(metadata)).toBeUndefined()
    }
  })
})
