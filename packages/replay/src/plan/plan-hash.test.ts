import { describe, expect, it } from 'vitest'
import { planHash } from './plan-hash.ts'
import type { FrozenSelection } from './replay-plan.ts'

const selection: FrozenSelection = {
  fromMs: 1,
  toMs: 2,
  timeField: 'event',
  replays: 'exclude',
  names: ['order.*'],
  below: [{ cluster: 'c', topic: 'orders', partition: 0, below: 10n }],
}

describe('plan hash', () => {
  it('is the same for the same plan, however its fields are ordered', () => {
    const { below, names, ...rest } = selection
    expect(planHash({ selection: { names: names ?? [], below, ...rest }, groups: ['billing'] })).toBe(
      planHash({ selection, groups: ['billing'] }),
    )
  })

  it.each([
    ['a bound', { selection: { ...selection, toMs: 3 }, groups: ['billing'] }],
    [
      'an offset',
      {
        selection: { ...selection, below: [{ cluster: 'c', topic: 'orders', partition: 0, below: 11n }] },
        groups: ['billing'],
      },
    ],
    ['a group', { selection, groups: ['shipping'] }],
    ['the target', { selection, groups: ['billing'], target: 'orders-again' }],
  ])('changes with %s', (_what, plan) => {
    expect(planHash(plan)).not.toBe(planHash({ selection, groups: ['billing'] }))
  })
})
