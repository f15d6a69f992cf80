import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReplayError } from '../replay-error.ts'
import { decodeReplayCursor, encodeReplayCursor } from './replay-cursor.ts'

describe('replay cursor', () => {
  it('brings back what was put in', () => {
    const bound = fc.record({
      cluster: fc.string(),
      topic: fc.string(),
      partition: fc.nat(),
      below: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    })
    const cursor = fc.record({
      planHash: fc.string(),
      published: fc.maxSafeNat(),
      logCursor: fc.string(),
      below: fc.array(bound, { maxLength: 5 }),
    })
    fc.assert(
      fc.property(cursor, (value) => {
        expect(decodeReplayCursor(encodeReplayCursor(value))).toEqual(value)
      }),
    )
  })

  it('refuses any other text instead of misreading it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeReplayCursor(text)).toThrow(ReplayError)
      }),
    )
  })

  it.each([
    ['JSON that is no cursor', '{"a":1}'],
    ['a cursor of another version', '[2,"h",0,"c",[]]'],
    ['a cursor cut short', '[1,"h",0,"c"'],
    ['a bound that is no offset', '[1,"h",0,"c",[["k","t",0,"-1"]]]'],
  ])('refuses %s', (_what, text) => {
    const encoded = Buffer.from(text).toString('base64url')
    expect(() => decodeReplayCursor(encoded)).toThrow(expect.objectContaining({ code: 'REPLAY_CURSOR_INVALID' }))
  })
})
