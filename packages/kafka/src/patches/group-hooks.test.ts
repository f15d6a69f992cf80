import { describe, expect, it } from 'vitest'
import { assignedGeneration } from './group-hooks.ts'

describe('generation of an assignment', () => {
  it('is the one it was given in, also while another join of the same member has begun the next', () => {
    expect(assignedGeneration({ memberId: 'member-1', generationId: 5, offsetManager: { generationId: 4 } })).toBe(4)
  })

  it('is none before the first', () => {
    expect(assignedGeneration({ memberId: null, generationId: 1, offsetManager: null })).toBe(-1)
  })
})
