import { anEnvelope } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { compileFilter } from './compile-filter.ts'

const order = anEnvelope({ payload: { after: { total: 1500 } } })

describe('a filter', () => {
  it('matches the events for which it is true, and no others', () => {
    expect(compileFilter('payload.after.total >= 1000').matches(order)).toEqual({ matched: true })
    expect(compileFilter('payload.after.total >= 2000').matches(order)).toEqual({ matched: false })
  })
})
