import type { BrokerAdmin, GroupDescription, NextOffset } from '@ledgerbus/core'
import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import { createLagGuard } from './lag-guard.ts'

/** A group of one member whose lag is told when, and as, the test wants. */
function aGuardedGroup({ lag = 0n }: { readonly lag?: bigint } = {}) {
  const clock = createFakeClock()
  const state = { lag, asked: 0, answers: Promise.resolve() }
  const member = { memberId: 'm', clientId: 'c', host: 'h', partitions: [{ topic: 'orders', partition: 0 }] }
  const admin = {
    async topicOffsets() {
      state.asked += 1
      await state.answers
      return [{ topic: 'orders', partition: 0, low: 0n, end: 1_000n }]
    },
    async describeGroup(): Promise<GroupDescription> {
      return { groupId: 'billing', state: 'Stable', members: [member] }
    },
    async groupOffsets() {
      return [{ topic: 'orders', partition: 0, offset: (1_000n - state.lag) as NextOffset, metadata: '' }]
    },
  } as unknown as BrokerAdmin
  const plan = { topics: [{ name: 'orders' }], groups: ['billing'] } as unknown as ReplayPlan
  return { clock, state, guard: createLagGuard(plan, 100, { admin, clock }) }
}

describe('guard of live records', () => {
  it('asks before anything goes out', async () => {
    const { guard, state } = aGuardedGroup({ lag: 500n })

    expect(await guard.behind()).toContain('group billing, which lags 500')
    expect(state.asked).toBe(1)
  })

  it('asks once a second, and lets nobody wait for the answer where all was well', async () => {
    const { guard, state, clock } = aGuardedGroup()
    await guard.behind()
    await clock.advance(999)
    await guard.behind()
    expect(state.asked).toBe(1)
    let answer: () => void = () => undefined
    state.answers = new Promise((resolve) => {
      answer = resolve
    })
    state.lag = 500n

    await clock.advance(1)
    expect(await guard.behind()).toBeUndefined()
    expect(await guard.behind()).toBeUndefined()
    expect(state.asked).toBe(2)
    answer()
    await clock.advance(0)

    expect(await guard.behind()).toContain('which lags 500')
  })

  it('waits for the answer while a group is too far behind', async () => {
    const { guard, state, clock } = aGuardedGroup({ lag: 500n })
    await guard.behind()
    state.lag = 0n

    await clock.advance(1_000)

    expect(await guard.behind()).toBeUndefined()
  })

  it('waits for an answer where the last one is too old, and passes on why there is none', async () => {
    const { guard, state, clock } = aGuardedGroup()
    await guard.behind()
    state.answers = Promise.reject(new Error('the broker is away'))
    state.answers.catch(() => undefined)

    await clock.advance(1_000)
    expect(await guard.behind()).toBeUndefined()
    await clock.advance(2_000)

    await expect(guard.behind()).rejects.toThrow('the broker is away')
  })
})
