import { describe, expect, it } from 'vitest'
import { closestName } from './closest-name.ts'

describe('the closest name', () => {
  const names = ['order.created', 'order.cancelled', 'user.signed_up']

  it('is the one that a slip of the pen is away', () => {
    expect(closestName('order.creatd', names)).toBe('order.created')
    expect(closestName('order.canceled', names)).toBe('order.cancelled')
    expect(closestName('user.signedup', names)).toBe('user.signed_up')
  })

  it('is none when nothing is near', () => {
    expect(closestName('invoice.paid', names)).toBeUndefined()
    expect(closestName('a.b', ['c.d'])).toBeUndefined()
  })
})
