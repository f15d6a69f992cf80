import { ConfigurationError, type NextOffset } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { anOrder, aReplayWorld, request } from '../test/replay-world.ts'
import { createReplay } from './create-replay.ts'
import type { CreateReplayOptions } from './create-replay-options.ts'
import type { PlanOptions } from './replay.ts'

describe('createReplay', () => {
  it.each([
    ['no broker', { broker: undefined }, /^createReplay: broker: /u],
    ['something else as broker', { broker: { createProducer: 'yes' } }, /^createReplay: broker: [^;]*$/u],
    ['no audit log', { auditLog: null }, /^createReplay: auditLog: /u],
    ['something else as audit log', { auditLog: {} }, /^createReplay: auditLog: [^;]*$/u],
    ['no transforms', { transforms: ['anonymous'] }, /^createReplay: transforms: an object of functions/u],
    [
      'what is no transform',
      { transforms: { anonymous: 'yes' } },
      /^createReplay: transforms: "anonymous" is no function$/u,
    ],
    ['a transform that answers later', { transforms: { anonymous: async () => null } }, /"anonymous" answers later/u],
    ['a transform that answers bit by bit', { transforms: { *anonymous() {} } }, /"anonymous" answers later/u],
    ['neither', { broker: 'localhost:9092', auditLog: null }, /broker: .*; auditLog: /u],
    [
      'a misspelled option, which would be no guard rail',
      { allowedTarget: ['orders'] },
      /: allowedTarget: there is no such field, only .*allowedTargets/u,
    ],
    ['a text as allowed targets', { allowedTargets: 'orders' }, /: allowedTargets: a list of/u],
    ['a bound that is none', { maxEntries: 0 }, /: maxEntries: a whole number above 0/u],
    ['a bound of half an entry', { maxEntries: 1.5 }, /: maxEntries: a whole number/u],
    ['a text as groups of sinks', { sinkGroups: 'our-sink' }, /: sinkGroups: a list of/u],
  ])('refuses %s from callers without types, before anything is planned', async (_what, given, message) => {
    const { broker, auditLog } = await aReplayWorld()
    const options = { broker, auditLog, ...given } as unknown as CreateReplayOptions

    expect(() => createReplay(options)).toThrow(ConfigurationError)
    expect(() => createReplay(options)).toThrow(message)
  })

  it('takes every option, and those that are left undefined', async () => {
    const { broker, auditLog, clock } = await aReplayWorld()
    const some = { allowedTargets: ['orders'], maxEntries: 10, sinkGroups: [], transforms: {}, events: [], clock }
    expect(() => createReplay({ broker, auditLog, ...some })).not.toThrow()
    const none = { auditLog: undefined, maxEntries: undefined } as unknown as Partial<CreateReplayOptions>
    expect(() => createReplay({ broker, ...none })).not.toThrow()
  })

  it('bounds what is planned and what is run by its guard rails', async () => {
    const world = await aReplayWorld([{ name: 'orders', partitions: 3 }], { maxEntries: 2 })
    await world.publish('orders', 0, [anOrder('o-1'), anOrder('o-2'), anOrder('o-3')])
    await world.audit()
    const bounded = await world.replay.plan(request)
    expect(bounded.maxEntries).toBe(2)
    await expect(world.replay.run(bounded)).rejects.toMatchObject({ code: 'REPLAY_TOO_LARGE' })
    const { replayId } = await world.another().plan(request)
    await expect(world.replay.run(replayId)).rejects.toMatchObject({ code: 'REPLAY_TOO_LARGE' })
    expect(world.replayed()).toEqual([])
  })

  it('asks for no confirmation because of the groups of its sinks', async () => {
    const sinkGroups = ['our-sink']
    const world = await aReplayWorld([{ name: 'orders', partitions: 3 }], { sinkGroups })
    await world.publish('orders', 0, [anOrder('o-1')])
    await world.audit()
    const commit = { topic: 'orders', partition: 0, offset: 1n as NextOffset }
    await world.admin.setGroupOffsets('our-sink', [commit])
    const plan = await world.replay.plan(request)
    expect(plan.confirmations).toEqual([])
    expect(await world.ended(world.replay.run(plan))).toMatchObject({ published: 1 })
    expect((await world.another().plan(request)).confirmations).toHaveLength(1)
  })

  it('begins no run that nobody confirmed where a group joined the topic since the plan', async () => {
    const world = await aReplayWorld()
    await world.publish('orders', 0, [anOrder('o-1')])
    await world.audit()
    const plan = await world.replay.plan(request)
    await world.admin.setGroupOffsets('shipping', [{ topic: 'orders', partition: 0, offset: 1n as NextOffset }])
    await expect(world.replay.run(plan)).rejects.toMatchObject({ code: 'REPLAY_NOT_CONFIRMED' })
    expect((await world.replay.status(plan.replayId)).state).toBe('planned')
    expect(await world.ended(world.replay.run(plan, { confirmed: true }))).toMatchObject({ published: 1 })
  })

  it.each([
    ['a field of the request among the options', { check: 'none' }, /check: there is no such field, only keep/u],
    ['a word about keeping that is none', { keep: 'never' }, /keep: one of yes, no/u],
    ['a progress that cannot be told', { onProgress: true }, /onProgress: a function/u],
  ])('refuses to plan with %s', async (_what, options, message) => {
    const { replay } = await aReplayWorld()
    await expect(replay.plan(request, options as PlanOptions)).rejects.toMatchObject({
      code: 'REPLAY_REQUEST_INVALID',
      message: expect.stringMatching(message) as unknown,
    })
    expect(await replay.list()).toEqual([])
  })
})
