import { describe, expect, it } from 'vitest'
import { decodeClaim, encodeClaim } from './membership-claim.ts'

describe('what a member claims', () => {
  it('comes back as it was', () => {
    const owned = [3, 1].map((partition) => ({ topic: 'orders', partition }))
    const claim = { owned: [...owned, { topic: 'users', partition: 0 }], generation: 12 }

    expect(decodeClaim(encodeClaim(claim))).toEqual(claim)
  })

  it.each(['', 'x', '{}', '{"v":2}', '{"v":1,"generation":"1"}', '{"v":1,"generation":1,"topics":null}', 'null'])(
    'counts as nothing when it is %j',
    (text) => {
      expect(decodeClaim(new TextEncoder().encode(text))).toEqual({ owned: [], generation: -1 })
    },
  )
})
