import { createGate } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated, type Stage } from '../../test/stage.ts'
import { on } from '../on.ts'
import type { ConsumerActivity, ConsumerObserver } from './consumer-activity.ts'

let stage: Stage
let told: ConsumerActivity[]

beforeEach(async () => {
  stage = await createStage()
  told = []
})

/** What concerns the topic of events. */
const observer: ConsumerObserver = (activity) => {
  if (!('topic' in activity) || activity.topic === 'orders') told.push(activity)
}
const kinds = () => told.map(({ kind }) => kind)

describe('an observer', () => {
  it('is told what becomes of each record, in order', async () => {
    const consumer = stage.consumer(
      [
        on(
          OrderCreated,
          (event, { attempt, skip }) => {
            if (event.payload.after.total === 2) return skip('too-small')
            if (attempt === 1 || event.payload.after.total === 3) throw new Error('not yet')
            return undefined
          },
          { retry: { maxAttempts: 2 } },
        ),
      ],
      { observer },
    )
    await consumer.start()
    await stage.append({ total: 1 })
    await stage.clock.advance(1_000)
    expect(kinds()).toEqual([
      'partition-assigned',
      'record-delivered',
      'attempt-failed',
      'attempt-retried',
      'handler-ended',
      'record-handled',
      'commit-ok',
    ])
    expect(told).toMatchObject([
      { topic: 'orders', partition: 0, finishedAhead: 0 },
      { record: { offset: 0n } },
      { handler: 'order.created', attempt: 1, error: new Error('not yet') },
      { handler: 'order.created', attempt: 2 },
      { handler: 'order.created', end: 'handled' },
      { record: { offset: 0n } },
      { positions: [{ topic: 'orders', partition: 0, offset: 1n }] },
    ])

    told = []
    await stage.append({ total: 2 }, { total: 3 })
    await stage.clock.advance(5_000)
    expect(kinds().filter((kind) => kind.startsWith('record-'))).toEqual([
      'record-delivered',
      'record-skipped',
      'record-delivered',
      'record-dead-lettered',
    ])
    expect(told.find(({ kind }) => kind === 'record-skipped')).toMatchObject({ rule: 'too-small' })
  })

  it('is told what becomes of partitions and commits', async () => {
    const gate = createGate()
    const consumer = stage.consumer([on(OrderCreated, () => gate.opened)], { observer, maxBufferedRecords: 1 })
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    expect(told.at(-1)).toMatchObject({ kind: 'partition-paused', reason: 'buffer-full' })

    stage.broker.controls.inject({ at: 'commit', outcome: 'unknown', groupId, stored: true })
    gate.open()
    await stage.clock.advance(2_000)
    expect(kinds()).toContain('partition-resumed')
    expect(kinds().filter((kind) => kind.startsWith('commit'))).toEqual(['commit-unknown', 'commit-ok'])

    const giveBack = stage.broker.controls.takeAway(groupId)
    await stage.clock.advance(0)
    expect(told.at(-1)).toMatchObject({ kind: 'partition-lost', open: 0 })
    giveBack()
    await stage.clock.advance(0)
    await Promise.all([consumer.close(), stage.clock.advance(0)])
    expect(told.at(-1)).toMatchObject({ kind: 'closed', report: { left: 0 } })
  })

  it('is told what was left, and what came too late', async () => {
    const gate = createGate()
    const consumer = stage.consumer([on(OrderCreated, () => gate.opened)], { observer })
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    stage.broker.controls.takeAway(groupId)
    await stage.clock.advance(0)
    gate.open()
    await stage.clock.advance(0)

    expect(told.find(({ kind }) => kind === 'partition-lost')).toMatchObject({ open: 1 })
    expect(told.at(-1)).toMatchObject({ kind: 'record-left', record: { offset: 0n } })
  })

  it.each<[string, ConsumerObserver]>([
    [
      'throws',
      () => {
        throw new Error('no disk')
      },
    ],
    // A function that returns a promise fits where nothing is expected back.
    ['rejects', async () => Promise.reject(new Error('no disk'))],
  ])('that %s harms nothing, and is complained of once', async (_, failing) => {
    const consumer = stage.consumer([on(OrderCreated, () => undefined)], { observer: failing })
    await consumer.start()
    await stage.append({}, {})
    await stage.clock.advance(1_000)

    expect(consumer.counts()).toMatchObject({ handled: 2 })
    expect(await stage.committed()).toBe(2n)
    const complaints = stage.logger.lines.filter(({ text }) => text.startsWith('the observer failed'))
    expect(complaints.map(({ facts }) => facts)).toMatchObject([{ groupId, error: new Error('no disk') }])
  })
})

describe('health', () => {
  it('is ok before the start, and while partitions move', async () => {
    const consumer = stage.consumer([on(OrderCreated, () => undefined)])
    expect(consumer.health()).toEqual({ status: 'ok', partitions: [], degradations: [] })
    await consumer.start()
    await stage.append({}, {})
    await stage.clock.advance(1_000)

    const { status, partitions } = consumer.health()
    expect(status).toBe('ok')
    expect(partitions.find(({ topic }) => topic === 'orders')).toMatchObject({
      partition: 0,
      position: 2n,
      committed: 2n,
      end: 2n,
      lag: 0n,
      open: 0,
      state: 'running',
    })
  })

  it('is stuck when a partition with lag has not moved for too long', async () => {
    const consumer = stage.consumer([on(OrderCreated, () => new Promise(() => undefined))], { stuckAfterMs: 10_000 })
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(9_999)
    expect(consumer.health().status).toBe('ok')
    await stage.clock.advance(1)
    expect(consumer.health()).toMatchObject({ status: 'stuck' })
  })

  it('is ok while a record waits for its time in a topic of its delay', async () => {
    const retry = { ordering: 'unordered', inlineAttempts: 1, delaysMs: [600_000] } as const
    const failing = on(
      OrderCreated,
      (_, { attempt }) => {
        if (attempt === 1) throw new Error('later')
      },
      { retry },
    )
    const consumer = stage.consumer([failing], { stuckAfterMs: 60_000 })
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(599_000)
    expect(consumer.counts().open).toBe(1)
    expect(consumer.health().status).toBe('ok')
  })

  it('is degraded while a partition stands out of range: that is no standstill a new process would end', async () => {
    const first = stage.consumer([on(OrderCreated, () => undefined)])
    await first.start()
    await stage.append({}, {}, {}, {})
    await stage.clock.advance(1_000)
    await Promise.all([first.close(), stage.clock.advance(0)])
    await stage.append({}, {}, {})
    stage.broker.controls.deleteRecords({ topic: 'orders', partition: 0 }, 6n)

    const consumer = stage.consumer([on(OrderCreated, () => undefined)], { observer, stuckAfterMs: 1_000 })
    await consumer.start()
    await stage.clock.advance(600_000)
    expect(consumer.health()).toMatchObject({
      status: 'degraded',
      degradations: [{ reason: 'offset-out-of-range', topic: 'orders', partition: 0 }],
    })
    const at = consumer.health().partitions.find(({ topic }) => topic === 'orders')
    expect(at).toMatchObject({ state: 'paused', pausedFor: 'offset-out-of-range', isStuck: false })
    expect(kinds()).toEqual(['partition-assigned', 'partition-paused', 'degraded'])

    stage.broker.controls.takeAway(groupId)
    await stage.clock.advance(0)
    expect(consumer.health()).toEqual({ status: 'ok', partitions: [], degradations: [] })
    expect(kinds().slice(3)).toEqual(['partition-resumed', 'recovered', 'partition-lost'])
  })
})

describe('a member with a name', () => {
  it('is degraded once another took its place: it owns nothing any more', async () => {
    const member = () => stage.consumer([on(OrderCreated, () => undefined)], { instanceId: 'billing-1' })
    const older = member()
    await older.start()
    expect(older.health().status).toBe('ok')
    const newer = member()
    await Promise.all([newer.start(), stage.clock.advance(0)])

    expect(older.health()).toMatchObject({ status: 'degraded', degradations: [{ reason: 'member-fenced' }] })
    expect(newer.health()).toMatchObject({ status: 'ok' })
  })

  it('is refused by a broker that has no static membership', () => {
    const { broker } = stage
    const without = { ...broker, capabilities: { ...broker.capabilities, staticMembership: false } }
    const make = () => stage.consumer([on(OrderCreated, () => undefined)], { broker: without, instanceId: 'billing-1' })
    expect(make).toThrow(/instanceId: this broker has no static membership/)
  })

  it('hands its name to the broker', async () => {
    const asked: unknown[] = []
    const broker: typeof stage.broker = {
      ...stage.broker,
      capabilities: { ...stage.broker.capabilities, staticMembership: true },
      createConsumer(options) {
        asked.push(options.instanceId)
        return stage.broker.createConsumer(options)
      },
    }
    await stage.consumer([on(OrderCreated, () => undefined)], { broker, instanceId: 'billing-1' }).start()
    expect(asked).toEqual(['billing-1'])
  })
})
