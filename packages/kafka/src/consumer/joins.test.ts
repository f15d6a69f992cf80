import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createJoins } from './joins.ts'

function someJoins() {
  const clock = createFakeClock()
  let settled = 0
  const joins = createJoins(() => {
    settled += 1
  }, clock)
  return { clock, joins, settled: () => settled }
}

describe('joins of a member', () => {
  it('are settled at once when the last of those under way succeeded', () => {
    const { joins, settled } = someJoins()
    joins.begun()
    joins.begun()
    joins.ended('joined')
    expect(settled()).toBe(0)
    joins.ended('joined')
    expect(settled()).toBe(1)
  })

  it('are settled also after one that failed and was not repeated, but not before its crash would have come', async () => {
    const { clock, joins, settled } = someJoins()
    joins.begun()
    joins.ended('failed')
    await clock.advance(999)
    expect(settled()).toBe(0)
    await clock.advance(1)
    expect(settled()).toBe(1)
  })

  it('are settled by the repetition of one that failed', async () => {
    const { clock, joins, settled } = someJoins()
    joins.begun()
    joins.ended('failed')
    joins.begun()
    await clock.advance(5_000)
    expect(settled()).toBe(0)
    joins.ended('joined')
    await clock.advance(5_000)
    expect(settled()).toBe(1)
  })
})
