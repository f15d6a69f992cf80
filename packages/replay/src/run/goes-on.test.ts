import { beforeEach, describe, expect, it } from 'vitest'
import { askedFirst, noLeader } from '../../test/asked-first.ts'
import { anOrder, aReplayWorld, type ReplayWorld, request } from '../../test/replay-world.ts'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import type { Replay } from '../replay.ts'

let world: ReplayWorld
let plan: ReplayPlan

beforeEach(async () => {
  world = await aReplayWorld()
  await world.publish(
    'orders',
    0,
    Array.from({ length: 200 }, (_, index) => anOrder(`o-${index}`)),
  )
  await world.audit()
  plan = await world.replay.plan(request)
})

function runSlowly(replay: Replay = world.replay): ReturnType<Replay['run']> {
  const running = replay.run(plan, { confirmed: true, ratePerSecond: 10 })
  running.catch(() => undefined) // looked at later
  return running
}

async function pausedAfter(ms: number): Promise<void> {
  await world.clock.advance(ms)
  await world.ended(world.another().pause(plan.replayId, { by: 'bob' }))
}

describe('a run that goes on after a pause', () => {
  it('refuses a topic that was made anew meanwhile', async () => {
    const running = runSlowly()
    await pausedAfter(3_000)
    const published = world.replayed().length
    expect(published).toBeGreaterThan(0)
    await world.admin.deleteTopics(['orders'])
    await world.admin.createTopics([{ name: 'orders', partitions: 3 }])
    await world.ended(world.another().resume(plan.replayId, { by: 'bob' }))

    await expect(world.ended(running)).rejects.toMatchObject({
      code: 'REPLAY_PREMISES_CHANGED',
      message: expect.stringContaining('made anew'),
      report: { state: 'failed', published, planned: 200 },
    })
    expect(world.replayed()).toEqual([])
    expect(await world.replay.status(plan.replayId)).toMatchObject({ state: 'failed', published })
  })

  it('refuses a topic that is gone', async () => {
    const running = runSlowly()
    await pausedAfter(3_000)
    await world.admin.deleteTopics(['orders'])
    await world.ended(world.another().resume(plan.replayId, { by: 'bob' }))
    await expect(world.ended(running)).rejects.toMatchObject({
      code: 'REPLAY_PREMISES_CHANGED',
      message: expect.stringContaining('does not exist any more'),
    })
  })

  it('asks again where Kafka could not be asked how it stands', async () => {
    const questions = failing(3)
    const running = runSlowly(world.another({ broker: questions.broker }))
    await world.clock.advance(3_000)
    await world.ended(world.another().pause(plan.replayId, { by: 'bob' }))
    await world.clock.advance(10_000)
    questions.begin()
    await world.ended(world.another().resume(plan.replayId, { by: 'bob' }))
    expect(await world.ended(running)).toMatchObject({ state: 'completed', published: 200 })
    expect(questions.left()).toBe(0)
  })
})

describe('a run that goes on after a question that failed', () => {
  it('heeds a pause that was asked for meanwhile', async () => {
    const questions = failing(4)
    const running = runSlowly(world.another({ broker: questions.broker }))
    await world.clock.advance(3_000)
    questions.begin()
    await world.clock.advance(2_000)
    await world.ended(world.another().pause(plan.replayId, { by: 'bob' }))
    const before = world.replayed().length
    await world.clock.advance(60_000)
    expect(questions.left()).toBe(0)
    expect(world.replayed()).toHaveLength(before)
    expect(await world.replay.status(plan.replayId)).toMatchObject({ state: 'paused', by: 'bob' })
    await world.ended(world.another().resume(plan.replayId, { by: 'bob' }))
    expect(await world.ended(running)).toMatchObject({ state: 'completed', published: 200 })
  })

  it('leaves the replay to whoever took it over meanwhile', async () => {
    const questions = failing(4)
    const running = runSlowly(world.another({ broker: questions.broker }))
    await world.clock.advance(3_000)
    questions.begin()
    await world.clock.advance(2_000)
    const successor = world.another().run(plan.replayId, { confirmed: true, ratePerSecond: 1 })
    await expect(world.ended(running)).rejects.toMatchObject({ code: 'REPLAY_FENCED' })
    expect(questions.left()).toBe(0)
    expect(await world.ended(successor)).toMatchObject({ state: 'completed', published: 200 })
  })
})

/** A broker that, from `begin` on, fails to answer so many questions about what was said of replays. */
function failing(times: number): {
  readonly broker: ReplayWorld['broker']
  readonly begin: () => void
  readonly left: () => number
} {
  let left = times
  let hasBegun = false
  function answer(topics: readonly string[]): void {
    if (!hasBegun || left === 0 || !topics.includes('ledgerbus-replay-checkpoints')) return
    left -= 1
    throw noLeader()
  }
  return {
    begin: () => {
      hasBegun = true
    },
    left: () => left,
    broker: askedFirst(world.broker, answer),
  }
}

describe('a run that is aborted before it has the replay', () => {
  it('ends as one that is interrupted later', async () => {
    const abort = new AbortController()
    const broker = askedFirst(world.broker, (topics) => {
      if (topics.includes('orders')) abort.abort(new Error('SIGINT'))
    })
    const replay = world.another({ broker })
    expect(await world.ended(replay.run(plan, { confirmed: true, signal: abort.signal }))).toMatchObject({
      state: 'interrupted',
      published: 0,
    })
    expect(await world.replay.status(plan.replayId)).toMatchObject({ state: 'planned' })
  })
})
