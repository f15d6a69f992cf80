import { beforeAll, describe, expect, it } from 'vitest'
import { anOrder, aPlanWorld, events, type PlanWorld } from '../../test/plan-world.ts'
import { checkRunnable } from './check-runnable.ts'

let world: PlanWorld

beforeAll(async () => {
  world = await aPlanWorld()
  await world.publish('orders', 0, [anOrder('o-1'), anOrder('o-2')])
})

/** One that names who asks for it. */
function plan(...[change, needs]: Parameters<PlanWorld['plan']>): ReturnType<PlanWorld['plan']> {
  return world.plan({ by: 'ada', ...change }, needs)
}

describe('plan to be run', () => {
  it('may be run as it was made', async () => {
    const made = await plan()
    expect(() => checkRunnable(made)).not.toThrow()
  })

  it.each([
    ['its selection', { selection: { fromMs: 0 } }],
    ['its groups', { groups: ['shipping'] }],
    ['what it has to be confirmed for', { confirmations: ['nothing'] }],
  ])('is refused when somebody altered %s', async (_what, change) => {
    const made = { ...(await plan()), ...change } as never
    expect(() => checkRunnable(made)).toThrow(expect.objectContaining({ code: 'REPLAY_PLAN_ALTERED' }))
  })

  it.each([
    [{ groups: [] }, 'it names no groups;'],
    [{ reason: '' }, 'it names no reason;'],
    [{ by: '' }, 'it names no `by` (who asks for it); plan again with all of it'],
    [{ groups: [], reason: '', by: '' }, 'it names no groups and no reason and no `by` (who asks for it);'],
  ])('is refused while it is incomplete: %o', async (change, message) => {
    const made = await plan(change)
    expect(() => checkRunnable(made)).toThrow(
      expect.objectContaining({ code: 'REPLAY_PLAN_INCOMPLETE', message: expect.stringContaining(message) as unknown }),
    )
  })

  it('is refused with more entries than it allows', async () => {
    const made = await plan({ maxEntries: 1 })
    expect(() => checkRunnable(made, { confirmed: true })).toThrow(
      expect.objectContaining({
        code: 'REPLAY_TOO_LARGE',
        message: expect.stringContaining('2 entries, more than the 1') as unknown,
      }),
    )
  })

  it('is refused with more entries than the runner may publish, whatever the planner allowed', async () => {
    const made = await plan({ maxEntries: 100 })
    expect(() => checkRunnable(made, { confirmed: true, maxEntries: 1 })).toThrow(
      expect.objectContaining({
        code: 'REPLAY_TOO_LARGE',
        message: expect.stringContaining('2 entries, more than the 1 that whoever runs it may publish') as unknown,
      }),
    )
    expect(() => checkRunnable(made, { maxEntries: 2 })).not.toThrow()
  })

  it('is refused until it is confirmed, with what for', async () => {
    await world.commit('shipping', 'orders', 0, 0n)
    const made = await plan({ groups: ['billing'] })
    expect(() => checkRunnable(made)).toThrow(
      expect.objectContaining({
        code: 'REPLAY_NOT_CONFIRMED',
        message: expect.stringContaining('group shipping also reads') as unknown,
      }),
    )
    expect(() => checkRunnable(made, { confirmed: true })).not.toThrow()
  })

  it('is refused by a runner that lacks what the planner had', async () => {
    const groups = ['billing', 'shipping']
    const transforms = { anonymous: () => null }
    const needs = { transforms, events, allowedTargets: ['orders'] }
    const transformed = await plan({ groups, transform: 'anonymous' }, needs)
    expect(() => checkRunnable(transformed, needs)).not.toThrow()
    expect(() => checkRunnable(transformed)).toThrow(refused(/its transform "anonymous" is not at hand/u))
    const latest = await plan({ groups, content: 'latest' }, needs)
    expect(() => checkRunnable(latest, needs)).not.toThrow()
    expect(() => checkRunnable(latest, { transforms })).toThrow(refused(/no definitions are at hand/u))
    expect(() => checkRunnable(latest, { ...needs, allowedTargets: ['users'] })).toThrow(
      expect.objectContaining({ code: 'REPLAY_TARGET_NOT_ALLOWED' }),
    )
  })
})

function refused(message: RegExp): unknown {
  return expect.objectContaining({
    code: 'REPLAY_REQUEST_INVALID',
    message: expect.stringMatching(message) as unknown,
  })
}
