import { describe, expect, it } from 'vitest'
import { createMembership } from './membership.ts'

const memberId = 'member-1'

function joinedIn(generationId: number) {
  const membership = createMembership()
  membership.joined({ memberId, generationId })
  return membership
}

describe('membership', () => {
  it('keeps what it owns from one generation to the next', () => {
    expect(joinedIn(4).isContinuedBy({ memberId, generationId: 5 })).toBe(true)
  })

  it('keeps what it owns when the group answers a join with the generation there is', () => {
    expect(joinedIn(4).isContinuedBy({ memberId, generationId: 4 })).toBe(true)
  })

  it('keeps nothing over a generation it missed: others may have owned it, and committed', () => {
    expect(joinedIn(4).isContinuedBy({ memberId, generationId: 6 })).toBe(false)
  })

  it('keeps nothing as another member', () => {
    expect(joinedIn(4).isContinuedBy({ memberId: 'member-2', generationId: 5 })).toBe(false)
  })

  it('keeps nothing when the group counts its generations anew', () => {
    expect(joinedIn(4).isContinuedBy({ memberId, generationId: 1 })).toBe(false)
  })

  it('has nothing to keep before the first join and after a loss', () => {
    const membership = joinedIn(4)

    membership.lost()

    expect(membership.isContinuedBy({ memberId, generationId: 5 })).toBe(false)
    expect(createMembership().isContinuedBy({ memberId, generationId: 1 })).toBe(false)
  })
})
