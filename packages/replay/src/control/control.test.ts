import { readReplayMarks } from '@ledgerbus/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { anOrder, aReplayWorld, type ReplayWorld, request } from '../../test/replay-world.ts'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import type { Replay } from '../replay.ts'
import type { ReplayStatus } from '../status/replay-status.ts'

let world: ReplayWorld
let plan: ReplayPlan
/** A terminal of somebody else. */
let elsewhere: Replay

beforeEach(async () => {
  world = await aReplayWorld()
  for (const partition of [0, 1, 2]) {
    await world.publish(
      'orders',
      partition,
      Array.from({ length: 100 }, (_, index) => anOrder(`o-${partition}-${index}`)),
    )
  }
  await world.audit()
  plan = await world.replay.plan(request)
  elsewhere = world.another()
})

/** Ten records a second in pages of two: slow enough to be met on its way. */
function runSlowly(replay = world.replay): ReturnType<Replay['run']> {
  return replay.run(plan, { confirmed: true, ratePerSecond: 10 })
}

function expectAllOnce(): void {
  const sequences = world.replayed().map(({ headers }) => readReplayMarks(headers)?.sequence ?? -1)
  expect(sequences.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, index) => index))
}

describe('pausing', () => {
  it('lets nothing more be published, and the runner waits until it is resumed', async () => {
    const running = runSlowly()
    await world.clock.advance(5_000)
    const paused = await world.ended(elsewhere.pause(plan.replayId, { by: 'bob', note: 'lunch' }))
    expect(paused).toMatchObject({ state: 'paused', by: 'bob', note: 'lunch' })
    const before = world.replayed().length
    expect(before).toBeGreaterThan(0)
    expect(paused.published).toBe(before)
    await world.clock.advance(600_000)
    expect(world.replayed()).toHaveLength(before)

    await world.ended(elsewhere.resume(plan.replayId, { by: 'bob' }))
    expect(await world.ended(running)).toMatchObject({ state: 'completed', published: 300 })
    expectAllOnce()
    // Its state tells the last word only; who paused and resumed it stands in its history.
    expect(await elsewhere.status(plan.replayId)).toMatchObject({ state: 'completed', by: 'ada', published: 300 })
    expect(
      (await elsewhere.history({ replayId: plan.replayId, by: 'bob' })).map(({ kind, note }) => [kind, note]),
    ).toEqual([
      ['paused', 'lunch'],
      ['resumed', undefined],
    ])
  })

  it('says the same when it is asked twice', async () => {
    const running = runSlowly()
    await world.clock.advance(5_000)
    await world.ended(elsewhere.pause(plan.replayId, { by: 'bob' }))
    expect(await world.ended(elsewhere.pause(plan.replayId, { by: 'eve' }))).toMatchObject({ by: 'bob' })
    await world.ended(elsewhere.cancel(plan.replayId, { by: 'bob' }))
    await world.ended(running)
  })

  it('is noticed by a runner that waits for its rate', async () => {
    const running = world.replay.run(plan, { confirmed: true, ratePerSecond: 0.001 })
    await world.clock.advance(5_000)
    await world.ended(elsewhere.pause(plan.replayId, { by: 'bob' }))
    await world.clock.advance(20_000)
    await world.ended(elsewhere.cancel(plan.replayId, { by: 'bob' }))
    const startedMs = world.clock.monotonicMs()
    expect(await world.ended(running)).toMatchObject({ state: 'cancelled' })
    expect(world.clock.monotonicMs() - startedMs).toBeLessThan(30_000)
  })

  it('is refused where nothing runs', async () => {
    await expect(elsewhere.pause(plan.replayId, { by: 'bob' })).rejects.toMatchObject({ code: 'REPLAY_NOT_RUNNING' })
    await expect(elsewhere.resume(plan.replayId, { by: 'bob' })).rejects.toMatchObject({ code: 'REPLAY_NOT_PAUSED' })
    await expect(elsewhere.pause('nobody', { by: 'bob' })).rejects.toMatchObject({ code: 'REPLAY_UNKNOWN' })
    await expect(elsewhere.cancel(plan.replayId, { by: '' })).rejects.toMatchObject({ code: 'REPLAY_REQUEST_INVALID' })
    const misspelled = { by: 'bob', reason: 'lunch' } as never
    await expect(elsewhere.cancel(plan.replayId, misspelled)).rejects.toThrow(
      'reason: there is no such field, only by, note, signal',
    )
  })

  it('leaves a run to go on where no runner waits', async () => {
    const abort = new AbortController()
    const running = world.replay.run(plan, { confirmed: true, ratePerSecond: 10, signal: abort.signal })
    await world.clock.advance(5_000)
    abort.abort(new Error('SIGINT'))
    await world.ended(running)
    await world.ended(elsewhere.resume(plan.replayId, { by: 'bob' }))
    expect(await world.ended(elsewhere.run(plan.replayId, { confirmed: true }))).toMatchObject({ state: 'completed' })
    expectAllOnce()
  })
})

describe('cancelling', () => {
  it('ends the run for good', async () => {
    const running = runSlowly()
    await world.clock.advance(5_000)
    await world.ended(elsewhere.cancel(plan.replayId, { by: 'bob', note: 'wrong range' }))
    const published = world.replayed().length
    expect(await world.ended(running)).toMatchObject({ state: 'cancelled', published })
    expect(world.replayed()).toHaveLength(published)
    await expect(elsewhere.run(plan.replayId, { confirmed: true })).rejects.toMatchObject({ code: 'REPLAY_ENDED' })
    await expect(elsewhere.resume(plan.replayId, { by: 'bob' })).rejects.toMatchObject({ code: 'REPLAY_ENDED' })
  })

  it('also ends a replay that was never run', async () => {
    const cancelled = await elsewhere.cancel(plan.replayId, { by: 'bob' })
    expect(cancelled).toMatchObject({ state: 'cancelled', published: 0 })
    expect(cancelled).not.toHaveProperty('startedAtMs')
    expect(await elsewhere.status(plan.replayId)).toEqual(cancelled)
    await expect(runSlowly()).rejects.toMatchObject({ code: 'REPLAY_ENDED' })
    expect(world.replayed()).toEqual([])
  })
})

describe('two runners of one replay', () => {
  it('do not both go on: the later shuts the earlier out', async () => {
    const first = runSlowly()
    await world.clock.advance(5_000)
    const second = elsewhere.run(plan.replayId, { confirmed: true, by: 'bob' })
    const outcome = first.then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(await world.ended(second)).toMatchObject({ state: 'completed', published: 300 })
    expect(await world.ended(outcome)).toMatchObject({ code: 'REPLAY_FENCED', report: { state: 'failed' } })
    expectAllOnce()
    expect(await world.replay.status(plan.replayId)).toMatchObject({ state: 'completed' })
  })

  it('of which the later is refused leave the earlier alone', async () => {
    const first = runSlowly()
    await world.clock.advance(5_000)
    await expect(elsewhere.run(plan.replayId, { ratePerSecond: 0 })).rejects.toMatchObject({
      code: 'REPLAY_REQUEST_INVALID',
    })
    expect(await world.ended(first)).toMatchObject({ state: 'completed' })
    expectAllOnce()
  })
})

describe('what is known of replays', () => {
  it('is listed, the newest first, with who asked and why', async () => {
    await world.clock.advance(1_000)
    const later = await elsewhere.plan({ ...request, reason: 'another', by: 'eve' })
    await world.ended(runSlowly())
    const all = await elsewhere.list()
    expect(all.map(({ replayId, state, plan: { by, reason } }) => ({ replayId, state, by, reason }))).toEqual([
      { replayId: later.replayId, state: 'planned', by: 'eve', reason: 'another' },
      { replayId: plan.replayId, state: 'completed', by: 'ada', reason: request.reason },
    ])
  })

  it('is watched from elsewhere until it is over', async () => {
    const seen: ReplayStatus[] = []
    const watching = (async () => {
      for await (const status of elsewhere.watch(plan.replayId)) seen.push(status)
    })()
    await world.clock.advance(0)
    await world.ended(world.replay.run(plan, { confirmed: true, maxInFlight: 100 }))
    await world.ended(watching)
    expect(seen[0]).toMatchObject({ state: 'planned', published: 0 })
    expect(seen.at(-1)).toMatchObject({ state: 'completed', published: 300 })
    expect(seen.map(({ published }) => published)).toEqual(
      seen.map(({ published }) => published).toSorted((a, b) => a - b),
    )
  })

  it('does not include plans that were not kept', async () => {
    const unkept = await elsewhere.plan(request, { keep: 'no' })
    await expect(elsewhere.status(unkept.replayId)).rejects.toMatchObject({ code: 'REPLAY_UNKNOWN' })
    await expect(elsewhere.run(unkept, { confirmed: true })).rejects.toMatchObject({ code: 'REPLAY_UNKNOWN' })
  })

  it('is kept as it was planned', async () => {
    expect((await elsewhere.status(plan.replayId)).plan).toEqual(plan)
  })
})
