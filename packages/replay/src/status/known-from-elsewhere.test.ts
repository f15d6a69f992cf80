import type { NextOffset } from '@ledgerbus/core'
import { createRecordingLogger } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { anOrder, aReplayWorld, type ReplayWorld, request, textOf } from '../../test/replay-world.ts'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import { planHash } from '../plan/plan-hash.ts'
import { encodePlan } from '../plan/plan-codec.ts'
import type { Replay } from '../replay.ts'
import { checkpointsTopic, partitionOfReplay, plansTopic } from '../store/replay-topics.ts'
import type { ReplayStatus } from './replay-status.ts'

let world: ReplayWorld
let plan: ReplayPlan
let elsewhere: Replay

beforeEach(async () => {
  world = await aReplayWorld()
  await world.publish(
    'orders',
    0,
    Array.from({ length: 300 }, (_, index) => anOrder(`o-${index}`)),
  )
  await world.audit()
  plan = await world.replay.plan(request)
  elsewhere = world.another()
})

const slowly = { confirmed: true, ratePerSecond: 10, maxErrors: 7 } as const
const pace = { ratePerSecond: 10, maxInFlight: 2_000, maxLag: 10_000, maxErrors: 7 }

async function interrupted(): Promise<void> {
  const abort = new AbortController()
  const running = world.replay.run(plan, { ...slowly, signal: abort.signal })
  await world.clock.advance(5_000)
  abort.abort(new Error('SIGINT'))
  await world.ended(running)
}

function write(topic: string, partition: number, key: string, value: Uint8Array): Promise<void> {
  return world.publish(topic, partition, [{ key: Buffer.from(key), value, headers: [], timestampMs: 0n }])
}

/** A checkpoint as a version to come may write it. */
function writeLater(replayId: string): Promise<void> {
  return write(checkpointsTopic, partitionOfReplay(replayId, 8), replayId, Buffer.from('{"schemaVersion":2}'))
}

describe('the pace of a replay', () => {
  it('is known before, while and after a run, whoever looks', async () => {
    expect(await elsewhere.status(plan.replayId)).not.toHaveProperty('pace')
    const abort = new AbortController()
    const running = world.replay.run(plan, { ...slowly, signal: abort.signal })
    // Signs of life and pages carry it along.
    await world.clock.advance(12_000)
    expect((await elsewhere.status(plan.replayId)).pace).toEqual(pace)
    abort.abort(new Error('SIGINT'))
    await world.ended(running)
    expect(await elsewhere.status(plan.replayId)).toMatchObject({ state: 'paused', pace })
  })

  it('outlives a pause, a resume and a cancellation', async () => {
    await interrupted()
    const resumed = await world.ended(elsewhere.resume(plan.replayId, { by: 'bob' }))
    const paused = await world.ended(elsewhere.pause(plan.replayId, { by: 'bob' }))
    const cancelled = await world.ended(elsewhere.cancel(plan.replayId, { by: 'bob' }))
    expect([resumed, paused, cancelled].map((status) => status.pace)).toEqual([pace, pace, pace])
  })

  it('may be given to the next run as it is, which takes none by itself', async () => {
    await interrupted()
    const { pace: last } = await elsewhere.status(plan.replayId)
    const abort = new AbortController()
    const again = elsewhere.run(plan.replayId, { confirmed: true, ...last, signal: abort.signal })
    await world.clock.advance(2_000)
    expect((await elsewhere.status(plan.replayId)).pace).toEqual(pace)
    abort.abort(new Error('SIGINT'))
    await world.ended(again)

    await world.ended(elsewhere.run(plan.replayId, { confirmed: true, maxLag: Number.POSITIVE_INFINITY }))
    expect((await elsewhere.status(plan.replayId)).pace).toEqual({
      maxInFlight: 2_000,
      maxLag: Number.POSITIVE_INFINITY,
      maxErrors: 100,
    })
  })
})

describe('a run that waits for a group', () => {
  const waiting = { state: 'running', waitingFor: 'group billing, which lags 299 records behind', published: 0 }

  /** A member of the group that handles nothing before it is told to. */
  async function aMemberThatLags() {
    await world.admin.setGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 1n as NextOffset }])
    const member = world.broker.createConsumer({ groupId: 'billing', topics: ['orders'] })
    let catchUp = (): void => undefined
    const held = new Promise<void>((resolve) => {
      catchUp = resolve
    })
    await member.start({
      async deliver(batch) {
        await held
        await member.commit([{ ...batch, offset: batch.nextOffset }])
      },
    })
    return { catchUp, close: () => member.close() }
  }

  it('says so with its signs of life, until it goes on', async () => {
    const member = await aMemberThatLags()
    const seen: ReplayStatus[] = []
    const running = world.replay.run(plan, { confirmed: true, maxLag: 100 })
    await world.clock.advance(1_000)
    const watching = (async () => {
      for await (const status of elsewhere.watch(plan.replayId)) seen.push(status)
    })()
    await world.clock.advance(12_000)
    expect(await elsewhere.status(plan.replayId)).toMatchObject(waiting)
    expect((await elsewhere.list())[0]).toMatchObject(waiting)

    member.catchUp()
    await world.ended(running)
    await world.ended(watching)
    expect(await elsewhere.status(plan.replayId)).not.toHaveProperty('waitingFor')
    expect(new Set(seen.map(({ waitingFor, state }) => waitingFor ?? state))).toEqual(
      new Set(['running', waiting.waitingFor, 'completed']),
    )
    await member.close()
  })

  it('does not wait for it any more once somebody paused it', async () => {
    const member = await aMemberThatLags()
    const running = world.replay.run(plan, { confirmed: true, maxLag: 100 })
    await world.clock.advance(12_000)
    expect(await elsewhere.status(plan.replayId)).toMatchObject(waiting)
    expect(await world.ended(elsewhere.pause(plan.replayId, { by: 'bob' }))).not.toHaveProperty('waitingFor')
    await world.ended(elsewhere.cancel(plan.replayId, { by: 'bob' }))
    await world.ended(running)
    await member.close()
  })

  it('tells its own caller who paused it, and why', async () => {
    const member = await aMemberThatLags()
    const pauses: unknown[] = []
    const running = world.replay.run(plan, {
      confirmed: true,
      maxLag: 100,
      onProgress: ({ paused, waitingFor }) => {
        if (paused !== undefined) pauses.push({ paused, waitingFor })
      },
    })
    await world.clock.advance(12_000)
    const { lastSignMs } = await world.ended(elsewhere.pause(plan.replayId, { by: 'bob', note: 'incident 7' }))
    await world.clock.advance(12_000)
    expect(pauses).toEqual([
      { paused: { by: 'bob', note: 'incident 7', atMs: lastSignMs }, waitingFor: 'somebody to resume it' },
    ])
    await world.ended(elsewhere.cancel(plan.replayId, { by: 'bob' }))
    await world.ended(running)
    await member.close()
  })
})

describe('the list of replays', () => {
  it('may be narrowed by state, by person, and by when they were planned', async () => {
    await world.clock.advance(10_000)
    const later = await world.replay.plan({ ...request, by: 'eve' })
    await world.ended(elsewhere.cancel(plan.replayId, { by: 'bob' }))
    const found = async (options: Parameters<Replay['list']>[0]) =>
      (await elsewhere.list(options)).map(({ replayId }) => (replayId === plan.replayId ? 'first' : 'later'))
    expect(await found({})).toEqual(['later', 'first'])
    expect(await found({ states: ['planned'] })).toEqual(['later'])
    expect(await found({ states: ['planned', 'cancelled'] })).toEqual(['later', 'first'])
    expect(await found({ by: 'eve' })).toEqual(['later'])
    expect(await found({ by: 'ada' })).toEqual(['first'])
    expect(await found({ by: 'bob' })).toEqual(['first'])
    expect(await found({ fromMs: later.plannedAtMs })).toEqual(['later'])
    expect(await found({ toMs: later.plannedAtMs })).toEqual(['first'])
    expect(await found({ states: ['cancelled'], by: 'eve' })).toEqual([])
  })

  it.each([
    [{ state: 'planned' }, 'state: there is no such field, only states'],
    [{ states: [] }, 'states: one or more of planned, running'],
    [{ states: ['running', 'done'] }, 'states: one or more of planned, running'],
    [{ by: '' }, 'by: the name'],
    [{ fromMs: Number.NaN }, 'fromMs: a number of milliseconds'],
  ])('refuses %o', async (options, message) => {
    await expect(elsewhere.list(options as never)).rejects.toMatchObject({
      code: 'REPLAY_REQUEST_INVALID',
      message: expect.stringContaining(message) as unknown,
    })
  })

  it('leaves out a replay whose state a later version wrote, and shows the others', async () => {
    await interrupted()
    const other = await world.replay.plan(request)
    await world.ended(world.replay.run(other, { confirmed: true }))
    await writeLater(plan.replayId)
    await write(checkpointsTopic, 3, 'somebody else', Buffer.from('not ours'))
    const logger = createRecordingLogger()
    const listed = await world.another({ logger }).list()
    expect(listed.map(({ replayId, state }) => ({ replayId, state }))).toEqual([
      { replayId: other.replayId, state: 'completed' },
    ])
    expect(logger.lines.map(({ level, facts }) => [level, facts['replayId']])).toEqual(
      expect.arrayContaining([
        ['warn', plan.replayId],
        ['warn', 'somebody else'],
      ]),
    )
    await expect(elsewhere.status(plan.replayId)).rejects.toMatchObject({ code: 'REPLAY_STATE_UNREADABLE' })
    await expect(elsewhere.run(plan.replayId)).rejects.toMatchObject({ code: 'REPLAY_STATE_UNREADABLE' })
  })

  it('reads what a version wrote that kept no history and no pace', async () => {
    await interrupted()
    const stored = world.broker.controls.records(checkpointsTopic)
    const last = stored.filter(({ key }) => textOf(key) === plan.replayId).at(-1)
    const { pace: _, confirmed: __, ...old } = JSON.parse(textOf(last?.value ?? null) ?? '') as Record<string, unknown>
    await write(checkpointsTopic, last?.partition ?? -1, plan.replayId, Buffer.from(JSON.stringify(old)))
    expect(await elsewhere.status(plan.replayId)).not.toHaveProperty('pace')
    expect(await world.ended(elsewhere.run(plan.replayId, { confirmed: true }))).toMatchObject({ state: 'completed' })
  })
})

describe('a plan that somebody put in the place of another', () => {
  it('is not run on behind where that one was, and what stands is left alone', async () => {
    await interrupted()
    const before = await elsewhere.status(plan.replayId)
    const { hash: _, ...altered } = { ...plan, reason: 'another' }
    const other = { ...altered, hash: planHash(altered) }
    await write(plansTopic, 0, plan.replayId, encodePlan(other))
    await expect(world.ended(elsewhere.run(plan.replayId, { confirmed: true }))).rejects.toMatchObject({
      code: 'REPLAY_PLAN_ALTERED',
      message: expect.stringContaining('was begun with another plan') as unknown,
    })
    expect(await elsewhere.status(plan.replayId)).toEqual({ ...before, plan: other })
  })
})
