import { createRecordingLogger } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { anOrder, aReplayWorld, type ReplayWorld, request, textOf } from '../../test/replay-world.ts'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import type { Replay } from '../replay.ts'
import { checkpointsTopic } from '../store/replay-topics.ts'
import type { ReplayChange } from './replay-change.ts'

let world: ReplayWorld
let plan: ReplayPlan
/** A terminal of somebody else. */
let elsewhere: Replay

beforeEach(async () => {
  world = await aReplayWorld()
  await world.publish(
    'orders',
    0,
    Array.from({ length: 300 }, (_, index) => anOrder(`o-${index}`)),
  )
  await world.audit()
  await world.clock.advance(1_000)
  plan = await world.replay.plan(request)
  elsewhere = world.another()
})

/** Ten records a second: slow enough to be met on its way. */
const slowly = { confirmed: true, ratePerSecond: 10 } as const

function told({ kind, by, note }: ReplayChange): string {
  return `${kind} by ${by}${note === undefined ? '' : `: ${note}`}`
}

async function trail(replayId = plan.replayId): Promise<string[]> {
  return (await elsewhere.history({ replayId })).map(told)
}

/** Keys of the records that stand beside checkpoints. */
function keysOfChanges(): (string | null)[] {
  return world.broker.controls
    .records(checkpointsTopic)
    .map(({ key }) => textOf(key))
    .filter((key) => key?.includes('/change/') === true)
}

/** What somebody else, or a later version, may have written there. */
async function writeForeign(key: string, value: string): Promise<void> {
  await world.publish(checkpointsTopic, 0, [
    { key: Buffer.from(key), value: Buffer.from(value), headers: [], timestampMs: 0n },
  ])
}

describe('the history of a replay', () => {
  it('keeps who paused it and why, and who resumed it, when the run goes on and ends', async () => {
    const running = world.replay.run(plan, { ...slowly, by: 'ann' })
    await world.clock.advance(5_000)
    await world.ended(elsewhere.pause(plan.replayId, { by: 'bob', note: 'incident 7' }))
    await world.clock.advance(60_000)
    await world.ended(elsewhere.resume(plan.replayId, { by: 'eve', note: 'incident 7 is over' }))
    await world.ended(running)

    expect(await trail()).toEqual([
      'planned by ada',
      'begun by ann',
      'paused by bob: incident 7',
      'resumed by eve: incident 7 is over',
      'taken-up by ann',
      'completed by ann',
    ])
  })

  it('begins with its plan, and tells of each change when, why, of which plan, and how far it was', async () => {
    const running = world.replay.run(plan, slowly)
    await world.clock.advance(5_000)
    const paused = await world.ended(elsewhere.pause(plan.replayId, { by: 'bob' }))
    await world.ended(elsewhere.cancel(plan.replayId, { by: 'eve', note: 'wrong range' }))
    await world.ended(running)

    const { published } = paused
    expect(published).toBeGreaterThan(0)
    const common = { replayId: plan.replayId, planHash: plan.hash, reason: 'bug 42 is fixed', planned: 300 }
    const none = { failed: 0, leftOut: 0 }
    const changes = await elsewhere.history({ replayId: plan.replayId })
    expect(changes).toMatchObject([
      { ...common, kind: 'planned', state: 'planned', atMs: plan.plannedAtMs, step: 0, published: 0, ...none },
      { ...common, kind: 'begun', state: 'running', atMs: plan.plannedAtMs, step: 1, published: 0, ...none },
      { ...common, kind: 'paused', state: 'paused', published, ...none },
      { ...common, kind: 'cancelled', state: 'cancelled', published, ...none, note: 'wrong range' },
    ])
    expect(changes.map(({ runner }) => runner !== undefined)).toEqual([false, true, false, false])
    const times = changes.map(({ atMs }) => atMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('tells with which options a run began, and whether they said yes', async () => {
    const byTime = await world.replay.plan({ ...request, order: 'time' })
    await world.ended(
      world.replay.run(byTime, {
        ...{ confirmed: true, ratePerSecond: 200, speed: 2, maxGapMs: 10, maxInFlight: 50, maxErrors: 3 },
        maxLag: Number.POSITIVE_INFINITY,
      }),
    )
    const pace = {
      ratePerSecond: 200,
      speed: 2,
      maxGapMs: 10,
      maxInFlight: 50,
      maxErrors: 3,
      maxLag: Number.POSITIVE_INFINITY,
    }
    const changes = await elsewhere.history({ replayId: byTime.replayId })
    expect(changes.map(({ kind, pace: of, confirmed }) => ({ kind, pace: of, confirmed }))).toEqual([
      { kind: 'planned', pace: undefined, confirmed: undefined },
      { kind: 'begun', pace, confirmed: true },
      { kind: 'completed', pace: undefined, confirmed: undefined },
    ])
  })

  it('tells the defaults of a run that was given nothing, which a later version may change', async () => {
    await world.ended(world.replay.run(plan))
    const [, begun] = await elsewhere.history({ replayId: plan.replayId })
    expect(begun).toMatchObject({ kind: 'begun', confirmed: false })
    expect(begun?.pace).toEqual({ maxInFlight: 2_000, maxLag: 10_000, maxErrors: 100 })
  })

  it('tells interruptions, failures with their cause, and who began anew', async () => {
    const refuse = (): never => {
      throw new Error('no')
    }
    const picky = world.another({ transforms: { picky: refuse } })
    const failing = await picky.plan({ ...request, transform: 'picky' })
    await expect(
      world.ended(picky.run(failing, { confirmed: true, maxErrors: 10, maxInFlight: 20, by: 'ann' })),
    ).rejects.toMatchObject({ code: 'REPLAY_TOO_MANY_ERRORS' })
    const abort = new AbortController()
    const running = picky.run(failing, { ...slowly, maxErrors: 1_000, by: 'bob', signal: abort.signal })
    await world.clock.advance(5_000)
    abort.abort(new Error('SIGINT'))
    await world.ended(running)
    await world.ended(picky.run(failing, { confirmed: true, maxErrors: 1_000, by: 'eve' }))

    const lines = await trail(failing.replayId)
    expect(lines.map((line) => line.replace(/entries failed.*/u, '...'))).toEqual([
      'planned by ada',
      'begun by ann',
      expect.stringMatching(/^failed by ann: \d+ \.\.\.$/u),
      'begun by bob',
      'interrupted by bob: interrupted',
      'begun by eve',
      'completed by eve',
    ])
    expect((await elsewhere.history({ replayId: failing.replayId })).at(-1)).toMatchObject({ failed: 300 })
  })

  it('tells of a runner that took over from another', async () => {
    const first = world.replay.run(plan, { ...slowly, by: 'ann' }).catch(() => undefined)
    await world.clock.advance(5_000)
    await world.ended(elsewhere.run(plan.replayId, { confirmed: true, by: 'bob' }))
    await world.ended(first)
    expect(await trail()).toEqual(['planned by ada', 'begun by ann', 'begun by bob', 'completed by bob'])
  })

  it('has one line for each change: none for pages, signs of life, and what changes nothing', async () => {
    const running = world.replay.run(plan, { confirmed: true, ratePerSecond: 1 })
    await world.clock.advance(60_000)
    await world.ended(elsewhere.pause(plan.replayId, { by: 'bob' }))
    await world.ended(elsewhere.pause(plan.replayId, { by: 'eve' }))
    await world.ended(elsewhere.cancel(plan.replayId, { by: 'bob' }))
    await world.ended(running)
    expect(await trail()).toEqual(['planned by ada', 'begun by ada', 'paused by bob', 'cancelled by bob'])
  })

  it('has a change exactly once though the answer to it never came, whether it stands or not', async () => {
    for (const stored of [true, false]) {
      const again = await world.replay.plan(request)
      world.broker.controls.inject({ at: 'transaction-commit', outcome: 'unknown', stored })
      await world.ended(world.replay.run(again, { confirmed: true }))
      expect(await trail(again.replayId)).toEqual(['planned by ada', 'begun by ada', 'completed by ada'])
    }
    const keys = keysOfChanges()
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('has none for what was not done', async () => {
    await expect(elsewhere.resume(plan.replayId, { by: 'eve' })).rejects.toMatchObject({ code: 'REPLAY_NOT_PAUSED' })
    await expect(elsewhere.run(plan.replayId, { ratePerSecond: 0 })).rejects.toThrow('ratePerSecond')
    expect(await trail()).toEqual(['planned by ada'])
  })

  it('is not overwritten by a run that is interrupted while it is paused, and had not heard of it', async () => {
    // Its page is refused twice; before it tries again somebody pauses the replay. Then it opens a producer that shuts everybody else out, and only now finds the pause.
    const abort = new AbortController()
    const running = world.replay.run(plan, { ...slowly, signal: abort.signal })
    await world.clock.advance(5_000)
    world.broker.controls.inject({ at: 'append', topic: 'orders', outcome: 'failed', times: 2 })
    await world.clock.advance(300)
    await elsewhere.pause(plan.replayId, { by: 'bob', note: 'incident 7' })
    await world.clock.advance(30_000)
    abort.abort(new Error('SIGINT'))
    expect(await world.ended(running)).toMatchObject({ state: 'interrupted' })
    expect(await elsewhere.status(plan.replayId)).toMatchObject({ state: 'paused', by: 'bob', note: 'incident 7' })
    expect(await trail()).toEqual(['planned by ada', 'begun by ada', 'paused by bob: incident 7'])
  })

  it('outlives compaction, which leaves the last checkpoint alone', async () => {
    const running = world.replay.run(plan, slowly)
    await world.clock.advance(5_000)
    await world.ended(elsewhere.pause(plan.replayId, { by: 'bob' }))
    await world.ended(elsewhere.resume(plan.replayId, { by: 'eve' }))
    await world.ended(running)
    const before = await trail()
    for (const { partition, topic } of world.broker.controls.records(checkpointsTopic)) {
      world.broker.controls.compact({ topic, partition })
    }
    expect(before).toHaveLength(6)
    expect(await trail()).toEqual(before)
  })

  it('knows no replay that nobody planned', async () => {
    await expect(elsewhere.history({ replayId: 'nobody' })).rejects.toMatchObject({ code: 'REPLAY_UNKNOWN' })
  })
})

describe('the history of all replays', () => {
  it('is in the order of time, and may be narrowed by who and when', async () => {
    await world.clock.advance(10_000)
    const first = await world.ended(elsewhere.cancel(plan.replayId, { by: 'bob' }))
    await world.clock.advance(10_000)
    const later = await world.replay.plan({ ...request, by: 'eve' })
    await world.clock.advance(10_000)
    await world.ended(world.replay.run(later, { confirmed: true, by: 'bob' }))

    expect((await elsewhere.history()).map((change) => `${change.replayId} ${told(change)}`)).toEqual([
      `${plan.replayId} planned by ada`,
      `${plan.replayId} cancelled by bob`,
      `${later.replayId} planned by eve`,
      `${later.replayId} begun by bob`,
      `${later.replayId} completed by bob`,
    ])
    const kinds = async (options: Parameters<Replay['history']>[0]) =>
      (await elsewhere.history(options)).map(({ kind }) => kind)
    expect(await kinds({ by: 'bob' })).toEqual(['cancelled', 'begun', 'completed'])
    expect(await kinds({ by: 'bob', replayId: later.replayId })).toEqual(['begun', 'completed'])
    expect(await kinds({ fromMs: later.plannedAtMs })).toEqual(['planned', 'begun', 'completed'])
    expect(await kinds({ fromMs: first.endedAtMs ?? 0, toMs: later.plannedAtMs + 1 })).toEqual(['cancelled', 'planned'])
    expect(await kinds({ toMs: plan.plannedAtMs })).toEqual([])
  })

  it('puts no change before the one it followed, though the clock of another machine is behind', async () => {
    const running = world.replay.run(plan, slowly)
    await world.clock.advance(5_000)
    const behind = { ...world.clock, nowMs: () => world.clock.nowMs() - 3_600_000 }
    await world.ended(world.another({ clock: behind }).pause(plan.replayId, { by: 'bob' }))
    await world.ended(elsewhere.cancel(plan.replayId, { by: 'eve' }))
    await world.ended(running)
    expect(await trail()).toEqual(['planned by ada', 'begun by ada', 'paused by bob', 'cancelled by eve'])
  })

  it('leaves out what cannot be read, and says so', async () => {
    await world.ended(world.replay.run(plan, { confirmed: true }))
    await writeForeign(`${plan.replayId}/change/000000099`, '{"schemaVersion":2}')
    await writeForeign(`${plan.replayId}/change/000000098`, 'no JSON')
    const logger = createRecordingLogger()
    const changes = await world.another({ logger }).history()
    expect(changes.map(told)).toEqual(['planned by ada', 'begun by ada', 'completed by ada'])
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'warn'])
  })

  it.each([
    [{ since: 1 }, 'since: there is no such field, only replayId, by, fromMs, toMs, signal'],
    [{ replayId: '' }, 'replayId: the id of a replay'],
    [{ by: 7 }, 'by: the name'],
    [{ fromMs: '2026-01-31' }, 'fromMs: a number of milliseconds'],
    [{ fromMs: 2, toMs: 2 }, '`fromMs` must lie before `toMs`'],
  ])('refuses %o', async (options, message) => {
    await expect(elsewhere.history(options as never)).rejects.toMatchObject({
      code: 'REPLAY_REQUEST_INVALID',
      message: expect.stringContaining(message) as unknown,
    })
  })
})
