import { beforeEach, describe, expect, it } from 'vitest'
import { anOrder, aReplayWorld, collected, type ReplayWorld, request } from '../../test/replay-world.ts'
import type { ReplayPlan } from '../plan/replay-plan.ts'

let world: ReplayWorld
let plan: ReplayPlan

/** Of the hundred entries those at 7, 17, 27 and so on fail. */
const transforms = {
  'most-of-them': ({ record }: { readonly record: { readonly offset: bigint } }) => {
    if (record.offset % 10n === 7n) throw new Error('no way')
    return {}
  },
}

beforeEach(async () => {
  world = await aReplayWorld([{ name: 'orders', partitions: 1 }], { transforms })
  await world.publish(
    'orders',
    0,
    Array.from({ length: 100 }, (_, index) => anOrder(`o-${index}`)),
  )
  await world.audit()
  plan = await world.replay.plan({ ...request, transform: 'most-of-them' })
})

describe('the limit of errors', () => {
  it('ends the run with the first entry beyond it, and nothing behind that one is published', async () => {
    const work = world.replay.run(plan, { confirmed: true, maxErrors: 4 })
    await expect(world.ended(work)).rejects.toMatchObject({
      code: 'REPLAY_TOO_MANY_ERRORS',
      report: { state: 'failed', failed: 5, published: 43 },
    })
    expect(world.replayed()).toHaveLength(43)
    expect((await collected(world.replay.errors(plan.replayId))).map(({ offset }) => offset)).toEqual([
      7n,
      17n,
      27n,
      37n,
      47n,
    ])
  })

  it('holds over all runs of a replay: run again it stops until more may fail', async () => {
    await world.ended(world.replay.run(plan, { confirmed: true, maxErrors: 4 }).catch(() => undefined))
    for (const maxErrors of [0, 4]) {
      await expect(world.ended(world.replay.run(plan, { confirmed: true, maxErrors }))).rejects.toMatchObject({
        code: 'REPLAY_TOO_MANY_ERRORS',
        report: { failed: 5, published: 43, publishedNow: 0 },
      })
    }
    expect(world.replayed()).toHaveLength(43)
    await expect(world.ended(world.replay.run(plan, { confirmed: true, maxErrors: 5 }))).rejects.toMatchObject({
      report: { failed: 6, published: 52, publishedNow: 9 },
    })
    expect(await world.ended(world.replay.run(plan, { confirmed: true, maxErrors: 10 }))).toMatchObject({
      state: 'completed',
      failed: 10,
      published: 90,
    })
  })

  it('completes a replay in which as many failed as may', async () => {
    const report = await world.ended(world.replay.run(plan, { confirmed: true, maxErrors: 10 }))
    expect(report).toMatchObject({ state: 'completed', failed: 10, published: 90 })
  })

  it('lets any number fail where it is Infinity', async () => {
    const report = await world.ended(
      world.replay.run(plan, { confirmed: true, maxErrors: Number.POSITIVE_INFINITY, maxInFlight: 7 }),
    )
    expect(report).toMatchObject({ state: 'completed', failed: 10, published: 90 })
  })
})
