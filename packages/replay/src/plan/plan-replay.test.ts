import type { NextOffset } from '@ledgerbus/core'
import { aRecord } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { anOrder, aReplayWorld, type ReplayWorld, request } from '../../test/replay-world.ts'
import { replayDurationMs } from './replay-plan.ts'

let world: ReplayWorld

beforeEach(async () => {
  world = await aReplayWorld()
  await world.publish('orders', 0, [anOrder('o-1'), anOrder('o-2'), anOrder('o-1', { name: 'order.cancelled' })])
  await world.publish('orders', 2, [anOrder('o-3')])
  await world.audit()
})

describe('replay plan', () => {
  it('counts what it selects, by event, topic, day and status', async () => {
    const { summary } = await world.replay.plan(request)
    expect(summary).toMatchObject({
      entries: 4,
      keys: 3,
      byName: expect.arrayContaining([
        { name: 'order.created', version: 1, entries: 3 },
        { name: 'order.cancelled', version: 1, entries: 1 },
      ]) as unknown,
      byTopic: [{ topic: 'orders', entries: 4 }],
      byDay: [{ day: '2026-01-31', entries: 4 }],
      byStatus: [{ status: 'ok', entries: 4 }],
    })
  })

  it('is bounded by offsets, so that what comes later is no part of it', async () => {
    const plan = await world.replay.plan(request)
    await world.publish('orders', 0, [anOrder('o-9')])
    await world.audit()
    expect(plan.selection.below).toEqual([
      { cluster: 'in-memory', topic: 'orders', partition: 0, below: 3n },
      { cluster: 'in-memory', topic: 'orders', partition: 2, below: 1n },
    ])
    expect((await world.auditLog.summarize(plan.selection)).entries).toBe(4)
  })

  it('cannot be changed, and leaves the request changeable', async () => {
    const names = ['order.*']
    const plan = await world.replay.plan({ ...request, names })
    expect(Object.isFrozen(plan)).toBe(true)
    expect(Object.isFrozen(plan.selection.below)).toBe(true)
    expect(Object.isFrozen(plan.summary.byName)).toBe(true)
    expect(Object.isFrozen(names)).toBe(false)
  })

  it('has the same hash when the same is asked again, under another id', async () => {
    const one = await world.replay.plan(request)
    const two = await world.replay.plan(request)
    expect(two.hash).toBe(one.hash)
    expect(two.replayId).not.toBe(one.replayId)
  })

  it('is the same plan again from the bounds of the first, however the log has grown', async () => {
    const first = await world.replay.plan(request)
    await world.publish('orders', 1, [anOrder('o-9')])
    await world.audit()
    const again = await world.replay.plan({ ...request, below: first.selection.below, replayId: first.replayId })
    expect(again.hash).toBe(first.hash)
    expect(again.summary).toEqual(first.summary)
    expect((await world.replay.plan(request)).hash).not.toBe(first.hash)
  })

  it('shows the first and the last entry by their ids, without what they hold', async () => {
    const { first, last } = await world.replay.plan(request)
    expect(first).toMatchObject({ topic: 'orders', partition: 0, offset: 0n, name: 'order.created' })
    expect(last).toMatchObject({ topic: 'orders', eventId: expect.any(String) as unknown })
    expect(first).not.toHaveProperty('payload')
  })

  it('publishes nothing', async () => {
    await world.replay.plan(request)
    expect(world.replayed()).toEqual([])
  })

  it('may be empty', async () => {
    const plan = await world.replay.plan({ ...request, names: ['order.returned'] })
    expect(plan.summary.entries).toBe(0)
    expect(plan.warnings).toEqual([])
    expect(plan.first).toBeUndefined()
  })

  it('leaves out what an earlier replay published', async () => {
    await world.replay.run(await world.replay.plan(request))
    await world.audit()
    expect((await world.replay.plan({ ...request, toMs: request.toMs })).summary.entries).toBe(4)
    expect((await world.replay.plan({ ...request, replays: 'include' })).summary.entries).toBe(8)
  })

  it('shows the target groups with their lag, and warns of those that will not handle anything', async () => {
    const admin = world.broker.createAdmin()
    await admin.start()
    await admin.setGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 1n as NextOffset }])
    await admin.close()

    const plan = await world.replay.plan({ ...request, groups: ['billing', 'billling'] })
    expect(plan.targetGroups).toEqual([
      { groupId: 'billing', known: true, members: 0, lag: 3n },
      { groupId: 'billling', known: false, members: 0 },
    ])
    expect(plan.warnings).toEqual([
      'group billing has no members; it handles the records once it runs again',
      'group billling is unknown to the broker; check its name',
    ])
  })

  it('shows the other groups on the same topics, which will see the records pass by', async () => {
    const admin = world.broker.createAdmin()
    await admin.start()
    await admin.createTopics([{ name: 'users', partitions: 1 }])
    await admin.setGroupOffsets('shipping', [{ topic: 'orders', partition: 0, offset: 3n as NextOffset }])
    await admin.setGroupOffsets('mailing', [{ topic: 'users', partition: 0, offset: 0n as NextOffset }])
    await admin.close()

    const { otherGroups } = await world.replay.plan(request)
    expect(otherGroups).toEqual([{ groupId: 'shipping', known: true, members: 0, lag: 1n }])
  })

  it('counts members that have not committed yet as readers', async () => {
    const consumer = world.broker.createConsumer({ groupId: 'shipping', topics: ['orders'] })
    await consumer.start({ deliver: async () => undefined })
    const { otherGroups } = await world.replay.plan(request)
    await consumer.close()
    expect(otherGroups).toEqual([{ groupId: 'shipping', known: true, members: 1 }])
  })

  it('warns of tombstones and of what could not be decoded, as they are published again too', async () => {
    await world.publish('orders', 1, [aRecord({ key: 'o-4', value: null }), aRecord({ key: 'o-5', value: '{' })])
    await world.audit()
    const { summary, warnings } = await world.replay.plan({ ...request, groups: [] })
    expect(summary.entries).toBe(6)
    expect(warnings.toSorted()).toEqual([
      'not decodable: 1; published again as they are',
      'tombstones: 1; published again as tombstones',
    ])
  })

  it('needs its target to exist', async () => {
    await expect(world.replay.plan({ ...request, target: 'ordres' })).rejects.toMatchObject({
      code: 'REPLAY_TARGET_UNKNOWN',
      message: expect.stringContaining('ordres') as unknown,
    })
  })

  it('needs the topics the entries came from, unless it names another target', async () => {
    const admin = world.broker.createAdmin()
    await admin.start()
    await admin.createTopics([{ name: 'orders-again', partitions: 1 }])
    await admin.deleteTopics(['orders'])
    await admin.close()
    await expect(world.replay.plan(request)).rejects.toMatchObject({ code: 'REPLAY_TARGET_UNKNOWN' })
    expect((await world.replay.plan({ ...request, target: 'orders-again' })).summary.entries).toBe(4)
  })

  it('fails with the broker error when the broker is away, and with the log error when the log is', async () => {
    world.broker.controls.goDown()
    await expect(world.replay.plan(request)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
    world.broker.controls.comeBack()
    world.auditLog.controls.goDown()
    await expect(world.replay.plan(request)).rejects.toMatchObject({ code: 'AUDIT_LOG_UNREACHABLE' })
  })

  it('ends with the signal', async () => {
    await expect(world.replay.plan(request, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
  })
})

describe('expected duration', () => {
  it('follows from the number of entries and the rate', () => {
    expect(replayDurationMs(1_000, 100)).toBe(10_000)
    expect(replayDurationMs(0, 100)).toBe(0)
  })
})
