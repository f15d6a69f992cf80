import { describe, expect, it } from 'vitest'
import { didYouMean } from './closest-names.ts'

describe('did you mean', () => {
  const names = ['order.created', 'order.cancelled', 'user.created']

  it.each([
    ['order.craeted', 'order.created'],
    ['ordr.created', 'order.created'],
    ['order.canceled', 'order.cancelled'],
  ])('%s: %s', (typed, meant) => {
    expect(didYouMean(typed, names)).toBe(`; did you mean ${meant}?`)
  })

  it('says nothing when nothing is near', () => {
    expect(didYouMean('flight.landed', names)).toBe('')
    expect(didYouMean('x', [])).toBe('')
  })
})
