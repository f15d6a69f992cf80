import { type AuditLogReader, replayHeaders } from '@ledgerbus/core'
import { aRecord } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { anOrder, aPlanWorld, events, fromMs, type PlanWorld, toMs } from '../../test/plan-world.ts'
import { createLogSource } from '../source/log-source.ts'
import { planHash } from './plan-hash.ts'
import type { PlanProgress } from './plan-progress.ts'
import { replayDurationMs } from './replay-plan.ts'

let world: PlanWorld

beforeEach(async () => {
  world = await aPlanWorld()
  await world.publish('orders', 0, [anOrder('o-1'), anOrder('o-2'), anOrder('o-1', { name: 'order.cancelled' })])
  await world.publish('orders', 2, [anOrder('o-3')])
})

describe('replay plan', () => {
  it('counts what it selects, by event, topic, day and status', async () => {
    const { summary } = await world.plan()
    expect(summary).toMatchObject({
      entries: 4,
      keys: 3,
      byName: expect.arrayContaining([
        { name: 'order.created', version: 2, entries: 3 },
        { name: 'order.cancelled', version: 2, entries: 1 },
      ]) as unknown,
      byTopic: [{ topic: 'orders', entries: 4 }],
      byDay: [{ day: '2026-01-31', entries: 4 }],
      byStatus: [{ status: 'ok', entries: 4 }],
    })
  })

  it('says everything that the request left to defaults', async () => {
    expect(await world.plan()).toMatchObject({
      by: '',
      readFrom: 'log',
      mode: 'rehandle',
      order: 'key',
      content: 'stored',
      selection: {
        fromMs,
        toMs,
        timeField: 'event',
        replays: 'exclude',
        redrives: 'exclude',
        statuses: ['ok', 'tombstone', 'undecodable'],
      },
    })
  })

  it('keeps what the request said, in the selection what selects', async () => {
    const asked = {
      names: ['order.*'],
      timeField: 'kafka',
      replays: 'include',
      redrives: 'include',
      statuses: ['ok'],
      entityType: 'order',
      ranges: [{ topic: 'orders', partition: 0, from: 0n }],
    } as const
    const how = { by: 'ada', order: 'time', mode: 'rebuild', maxEntries: 100, ratePerSecond: 50, speed: 2 } as const
    const { selection, ...plan } = await world.plan({ ...asked, ...how })
    expect(selection).toEqual({ fromMs, toMs, ...asked, below: selection.below })
    expect(plan).toMatchObject(how)
  })

  it('is bounded by offsets, so that what comes later is no part of it', async () => {
    const { selection } = await world.plan()
    await world.publish('orders', 0, [anOrder('o-9')])
    expect(selection.below).toEqual([
      { cluster: 'in-memory', topic: 'orders', partition: 0, below: 3n },
      { cluster: 'in-memory', topic: 'orders', partition: 2, below: 1n },
    ])
    expect((await world.auditLog.summarize(selection)).entries).toBe(4)
  })

  it('cannot be changed, and leaves the request changeable', async () => {
    const names = ['order.*']
    const plan = await world.plan({ names })
    expect(Object.isFrozen(plan)).toBe(true)
    expect(Object.isFrozen(plan.selection.below)).toBe(true)
    expect(Object.isFrozen(plan.summary.byName)).toBe(true)
    expect(Object.isFrozen(plan.topics[0]?.witness)).toBe(true)
    expect(Object.isFrozen(names)).toBe(false)
  })

  it('carries its hash', async () => {
    const plan = await world.plan()
    expect(plan.hash).toBe(planHash(plan))
  })

  it('selects the same again from the bounds of another, however the log has grown', async () => {
    const first = await world.plan()
    await world.publish('orders', 1, [anOrder('o-9')])
    const again = await world.plan({ below: first.selection.below })
    expect(again.selection).toEqual(first.selection)
    expect(again.summary).toEqual(first.summary)
  })

  it('has an id of its own each time', async () => {
    expect((await world.plan()).replayId).not.toBe((await world.plan()).replayId)
  })

  it('shows the first and the last entry by their ids, without what they hold', async () => {
    const { first, last } = await world.plan()
    expect(first).toMatchObject({ topic: 'orders', partition: 0, offset: 0n, name: 'order.created' })
    expect(last).toMatchObject({ topic: 'orders', eventId: expect.any(String) as unknown })
    expect(first).not.toHaveProperty('payload')
  })

  it('publishes nothing', async () => {
    await world.plan()
    expect(world.broker.controls.records('orders')).toHaveLength(4)
  })

  it('may be empty, and then neither warns nor wants a confirmation', async () => {
    const plan = await world.plan({ names: ['order.returned'] })
    expect(plan).toMatchObject({ summary: { entries: 0 }, warnings: [], confirmations: [], topics: [] })
    expect(plan.first).toBeUndefined()
  })

  it('leaves out what an earlier replay published', async () => {
    const marks = replayHeaders({
      replayId: 'r-1',
      sequence: 0,
      mode: 'rehandle',
      of: { topic: 'orders', partition: 0, offset: 0n },
      originalTimestampMs: 0n,
    })
    await world.publish('orders', 0, [{ ...anOrder('o-1'), headers: marks }])
    expect((await world.plan()).summary.entries).toBe(4)
    expect((await world.plan({ replays: 'include' })).summary.entries).toBe(5)
  })

  it('never selects erased entries, and says how many it left out', async () => {
    const erasure = await world.auditLog.planErasure({ entityType: 'order', entityId: 'o-3' })
    await world.auditLog.erase(erasure, { reason: 'asked for', by: 'ada' })
    const { selection, summary, warnings } = await world.plan({ groups: [] })
    expect(summary.entries).toBe(3)
    expect(selection.statuses).not.toContain('erased')
    expect(warnings).toEqual(['erased: 1; left out, as their bytes are gone'])
  })

  it('explains how a filter is divided, and nothing where there is none', async () => {
    expect((await world.plan()).explanation).toBeUndefined()
    expect((await world.plan({ filter: 'payload.after.total >= 100' })).explanation).toMatchObject({
      onRows: 'payload.after.total >= 100',
    })
  })

  it('warns of tombstones and of what could not be decoded, as they are published again too', async () => {
    await world.publish('orders', 1, [aRecord({ key: 'o-4', value: null }), aRecord({ key: 'o-5', value: '{' })])
    const { summary, warnings } = await world.plan({ groups: [] })
    expect(summary.entries).toBe(6)
    expect(warnings.toSorted()).toEqual([
      'not decodable: 1; published again as they are',
      'tombstones: 1; published again as tombstones',
    ])
  })

  it('warns of an entry that its topic does not reach any more: the topic was made anew', async () => {
    await world.deleteTopics('orders')
    await world.createTopics({ name: 'orders', partitions: 3 })
    const { warnings } = await world.plan({ groups: [] })
    expect(warnings).toEqual([
      'orders/0 ends at 0 and entries of it go up to 2: the topic was made anew, or lost records',
      'orders/2 ends at 0 and entries of it go up to 0: the topic was made anew, or lost records',
    ])
  })

  it('fails with the broker error when the broker is away, and with the log error when the log is', async () => {
    world.broker.controls.goDown()
    await expect(world.plan()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
    world.broker.controls.comeBack()
    world.auditLog.controls.goDown()
    await expect(world.plan()).rejects.toMatchObject({ code: 'AUDIT_LOG_UNREACHABLE' })
  })

  it('ends with the signal', async () => {
    await expect(world.plan({}, {}, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
  })
})

describe('groups of a plan', () => {
  it('are shown with their lag, and it warns of those that will not handle anything', async () => {
    await world.commit('billing', 'orders', 0, 1n)
    const plan = await world.plan({ groups: ['billing', 'billling'] })
    expect(plan.targetGroups).toEqual([
      { groupId: 'billing', known: true, members: 0, lag: 3n },
      { groupId: 'billling', known: false, members: 0 },
    ])
    expect(plan.warnings).toEqual([
      'group billing has no members; it handles the records once it runs again',
      'group billling is unknown to the broker; check its name',
    ])
  })

  it('are told from the others on the same topics, which will see the records pass by', async () => {
    await world.createTopics({ name: 'users', partitions: 1 })
    await world.commit('shipping', 'orders', 0, 3n)
    await world.commit('mailing', 'users', 0, 0n)
    const { otherGroups } = await world.plan()
    expect(otherGroups).toEqual([{ groupId: 'shipping', known: true, members: 0, lag: 1n }])
  })

  it('count members that have not committed yet as readers', async () => {
    const consumer = world.broker.createConsumer({ groupId: 'shipping', topics: ['orders'] })
    await consumer.start({ deliver: async () => undefined })
    const { otherGroups } = await world.plan()
    await consumer.close()
    expect(otherGroups).toEqual([{ groupId: 'shipping', known: true, members: 1 }])
  })
})

describe('confirmation of a plan', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => anOrder(`m-${index}`))

  it('is wanted above a thousand entries, and not at a thousand', async () => {
    await world.publish('orders', 1, many(498))
    await world.publish('orders', 1, many(498))
    expect((await world.plan()).confirmations).toEqual([])
    await world.publish('orders', 1, many(1))
    expect((await world.plan()).confirmations).toEqual(['it publishes 1001 records'])
  })

  it('is wanted where other groups read the original topic, which are named', async () => {
    await world.commit('shipping', 'orders', 0, 3n)
    expect((await world.plan()).confirmations).toEqual([
      'group shipping also reads what is published to the original topic: groups on Ledgerbus skip it, anything else handles it again',
    ])
    await world.commit('mailing', 'orders', 1, 0n)
    expect((await world.plan()).confirmations).toEqual([
      'groups mailing, shipping also read what is published to the original topic: groups on Ledgerbus skip it, anything else handles it again',
    ])
    expect((await world.plan({ target: 'orders' })).confirmations).toHaveLength(1)
  })

  it('is wanted where other groups read another topic that it is published to, and not where nobody does', async () => {
    await world.createTopics({ name: 'orders-again', partitions: 3 })
    await world.commit('shipping', 'orders', 0, 3n)
    await world.commit('billing', 'orders-again', 0, 0n)
    expect((await world.plan({ target: 'orders-again' })).confirmations).toEqual([])
    await world.commit('warehouse', 'orders-again', 0, 0n)
    expect((await world.plan({ target: 'orders-again' })).confirmations).toEqual([
      'group warehouse also reads what is published to orders-again: groups on Ledgerbus skip it, anything else handles it as new',
    ])
  })

  it('is not wanted for the sink, which stores what is replayed and handles nothing', async () => {
    await world.commit('ledgerbus-audit-sink', 'orders', 0, 3n)
    const plan = await world.plan()
    expect(plan.confirmations).toEqual([])
    expect(plan.otherGroups).toHaveLength(1)
  })

  it('knows sinks by the whole ids of their groups, those that it is told where it is told', async () => {
    await world.commit('ledgerbus-audit-sink', 'orders', 0, 3n)
    await world.commit('ledgerbus-billing', 'orders', 0, 3n)
    expect((await world.plan()).confirmations).toEqual([expect.stringMatching(/^group ledgerbus-billing also reads /u)])
    await world.commit('our-sink', 'orders', 0, 3n)
    expect((await world.plan({}, { sinkGroups: ['our-sink', 'ledgerbus-billing'] })).confirmations).toEqual([
      expect.stringMatching(/^group ledgerbus-audit-sink also reads /u),
    ])
  })

  it('does not help a plan with more entries than it allows, which says so', async () => {
    expect((await world.plan({ groups: [], maxEntries: 3 })).warnings).toEqual([
      'entries: 4, more than the 3 allowed; the plan can be looked at, not run',
    ])
    expect((await world.plan({ groups: [], maxEntries: 4 })).warnings).toEqual([])
  })

  it('allows itself what the replay allows, where the request asks for no less', async () => {
    const needs = { maxEntries: 3 }
    const plan = await world.plan({ groups: [] }, needs)
    expect(plan).toMatchObject({ maxEntries: 3, warnings: [expect.stringContaining('more than the 3 allowed')] })
    expect((await world.plan({ maxEntries: 2 }, needs)).maxEntries).toBe(2)
    await expect(world.plan({ maxEntries: 4 }, needs)).rejects.toMatchObject({
      code: 'REPLAY_REQUEST_INVALID',
      message: expect.stringMatching(/maxEntries: at most 3, .* not 4; ask for no more, or/u) as unknown,
    })
  })
})

describe('target of a plan', () => {
  it('makes it a copy where it is another topic', async () => {
    await world.createTopics({ name: 'orders-again', partitions: 1 })
    expect(await world.plan({ target: 'orders-again' })).toMatchObject({
      mode: 'copy',
      target: 'orders-again',
      topics: [{ name: 'orders-again', partitions: 1 }],
    })
    expect((await world.plan({ target: 'orders' })).mode).toBe('rehandle')
    expect((await world.plan({ target: 'orders-again', mode: 'rebuild' })).mode).toBe('rebuild')
  })

  it('has to exist', async () => {
    await expect(world.plan({ target: 'ordres' })).rejects.toMatchObject({
      code: 'REPLAY_TARGET_UNKNOWN',
      message: expect.stringContaining('ordres') as unknown,
    })
  })

  it('has to be named where the topics are gone that the entries came from', async () => {
    await world.createTopics({ name: 'orders-again', partitions: 1 })
    await world.deleteTopics('orders')
    await expect(world.plan()).rejects.toMatchObject({ code: 'REPLAY_TARGET_UNKNOWN' })
    expect((await world.plan({ target: 'orders-again' })).summary.entries).toBe(4)
  })

  it('has to be allowed, by name or pattern', async () => {
    await world.createTopics({ name: 'orders-again', partitions: 1 })
    const refused = {
      code: 'REPLAY_TARGET_NOT_ALLOWED',
      message: expect.stringContaining('orders: the allowed targets are *-again, users') as unknown,
    }
    const needs = { allowedTargets: ['*-again', 'users'] }
    await expect(world.plan({}, needs)).rejects.toMatchObject(refused)
    await expect(world.plan({ target: 'orders' }, needs)).rejects.toMatchObject(refused)
    expect((await world.plan({ target: 'orders-again' }, needs)).target).toBe('orders-again')
    expect((await world.plan({}, { allowedTargets: ['orders'] })).summary.entries).toBe(4)
    await expect(world.plan({}, { allowedTargets: [] })).rejects.toMatchObject({ code: 'REPLAY_TARGET_NOT_ALLOWED' })
  })

  it.each([
    ['a topic of Kafka', '__consumer_offsets', /Kafka's own/u],
    ['a topic of ours', 'ledgerbus-replays', /state of Ledgerbus/u],
    ['retries of a group', 'orders.billing.retry.30s', /retries or dead letters/u],
    ['dead letters of a group', 'orders.billing.dlq', /retries or dead letters/u],
  ])('is never %s, whatever is allowed', async (_what, target, reason) => {
    await expect(world.plan({ target }, { allowedTargets: ['*'] })).rejects.toMatchObject({
      code: 'REPLAY_TARGET_NOT_ALLOWED',
      message: expect.stringMatching(reason) as unknown,
    })
  })

  it('is looked at before anything is counted', async () => {
    world.auditLog.controls.goDown()
    await expect(world.plan({ target: 'orders.billing.dlq' })).rejects.toMatchObject({
      code: 'REPLAY_TARGET_NOT_ALLOWED',
    })
  })

  it('is the topic of every entry where none is named, dead letters that the log holds included', async () => {
    await world.createTopics({ name: 'orders.billing.dlq', partitions: 1 })
    await world.publish('orders.billing.dlq', 0, [anOrder('o-7')])
    await expect(world.plan()).rejects.toMatchObject({ code: 'REPLAY_TARGET_NOT_ALLOWED' })
    expect((await world.plan({ topics: ['orders'] })).summary.entries).toBe(4)
  })
})

describe('means of a plan', () => {
  it('are looked at with the request: a transform by its name, the newest version by definitions', async () => {
    const transforms = { anonymous: () => null }
    expect((await world.plan({ transform: 'anonymous' }, { transforms })).transform).toBe('anonymous')
    expect((await world.plan({ content: 'latest' }, { events })).content).toBe('latest')
    await expect(world.plan({ transform: 'anonymus', order: 'never' as 'key' }, { transforms })).rejects.toMatchObject({
      code: 'REPLAY_REQUEST_INVALID',
      message: expect.stringMatching(/order: one of.*transform: "anonymus".*it has anonymous/u) as unknown,
    })
  })

  it('are the source that was asked for', async () => {
    expect((await world.plan({ readFrom: 'log' })).readFrom).toBe('log')
    await expect(world.plan({ readFrom: 'kafka' })).rejects.toMatchObject({ code: 'REPLAY_REQUEST_INVALID' })
  })

  it('check every entry where there are definitions, and warn of what a consumer could not handle', async () => {
    expect(await world.plan()).toMatchObject({ unchecked: 'no-definitions' })
    expect((await world.plan()).check).toBeUndefined()
    const { check, warnings } = await world.plan({ groups: [] }, { events })
    expect(check).toMatchObject({ entries: 4, unknown: 1, notUpcast: 0, invalid: 0, undecodable: 0 })
    expect(warnings).toEqual(['without a definition: 1; published again as they are'])
    expect((await world.plan({ groups: [], content: 'latest' }, { events })).warnings).toEqual([
      'without a definition: 1; a run cannot bring them to the newest version and lists them as errors',
    ])
  })

  it('are left alone where nobody wants the check: no entry is read, and the plan says so', async () => {
    const unread: AuditLogReader = {
      ...world.auditLog,
      readByOffset: () => {
        throw new Error('an entry was read')
      },
    }
    const needs = { events, source: createLogSource(unread) }
    const plan = await world.plan({ groups: [], check: 'none' }, needs)
    expect(plan).toMatchObject({ unchecked: 'not-wanted', summary: { entries: 4 }, warnings: [] })
    expect(plan.check).toBeUndefined()
    await expect(world.plan({ check: 'all' }, needs)).rejects.toThrow('an entry was read')
  })

  it('are tried on entry after entry, which is told every thousand', async () => {
    await world.publish(
      'orders',
      1,
      Array.from({ length: 500 }, (_, index) => anOrder(`m-${index}`)),
    )
    await world.publish(
      'orders',
      1,
      Array.from({ length: 500 }, (_, index) => anOrder(`n-${index}`)),
    )
    const told: PlanProgress[] = []
    const onProgress = (progress: PlanProgress): void => void told.push(progress)
    await world.plan({}, { events }, { onProgress })
    expect(told).toEqual([{ step: 'checking', done: 1_000, total: 1_004 }])
    await world.plan({}, {}, { onProgress })
    expect(told).toHaveLength(1)
    const enough = new Error('enough')
    const givingUp = (): never => {
      throw enough
    }
    await expect(world.plan({}, { events }, { onProgress: givingUp })).rejects.toBe(enough)
  })

  it('say when the range changed while it was looked at', async () => {
    const forgetful: AuditLogReader = {
      ...world.auditLog,
      readByOffset: (selection) => world.auditLog.read({ ...selection, eventIds: [] }),
    }
    const { warnings } = await world.plan({ groups: [] }, { events, source: createLogSource(forgetful) })
    expect(warnings).toEqual(['counted: 4, read: 0; the range changed meanwhile, plan again'])
  })
})

describe('expected duration', () => {
  it('follows from the number of entries and the rate', () => {
    expect(replayDurationMs(1_000, 100)).toBe(10_000)
    expect(replayDurationMs(0, 100)).toBe(0)
  })
})
