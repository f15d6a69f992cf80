import { type BrokerConsumerListener, type NextOffset, silentLogger } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { anInMemoryWorld } from '../../test/in-memory-world.ts'
import { aRecord } from '../builders/a-record.ts'
import { createGate } from '../fakes/gate.ts'
import { createRecordingLogger } from '../fakes/recording-logger.ts'

const zero = { topic: 'orders', partition: 0 }

describe('in-memory consumer', () => {
  it('answers commits as a test injects it', async () => {
    const world = await anInMemoryWorld()
    const { consumer, epochOf } = await world.consumer()
    const { controls } = world.broker
    const commit = (offset: bigint) => consumer.commit([{ ...epochOf(zero), offset: offset as NextOffset }])
    controls.inject({ at: 'commit', outcome: 'failed', groupId: 'another' })
    controls.inject({ at: 'commit', outcome: 'failed', groupId: 'billing' })
    controls.inject({ at: 'commit', outcome: 'unknown', groupId: 'billing', stored: true })

    expect(await commit(1n)).toMatchObject({ kind: 'failed' })
    expect(await consumer.committed(zero)).toBeUndefined()
    expect(await commit(2n)).toMatchObject({ kind: 'unknown' })
    expect(await consumer.committed(zero)).toMatchObject({ offset: 2n })
    expect(await commit(3n)).toEqual({ kind: 'ok' })
  })

  it('fences a commit whose epoch ended while the commit was under way', async () => {
    const world = await anInMemoryWorld()
    const { consumer, epochOf } = await world.consumer()
    const gate = createGate()
    world.broker.controls.inject({ at: 'commit', outcome: 'ok', until: gate.opened })

    const committing = consumer.commit([{ ...epochOf(zero), offset: 1n as NextOffset }])
    world.broker.controls.takeAway('billing')
    gate.open()

    expect(await committing).toEqual({ kind: 'fenced' })
    expect(await consumer.committed(zero)).toBeUndefined()
  })

  it('takes partitions away without warning and gives them back under a new epoch', async () => {
    const world = await anInMemoryWorld()
    const probe = await world.consumer()
    const before = probe.epochOf(zero)

    const giveBack = world.broker.controls.takeAway('billing', { partitions: [zero] })
    expect(before.signal.aborted).toBe(true)
    expect(before.signal.reason).toMatchObject({ code: 'BROKER_PARTITION_LOST' })
    expect(probe.lost).toMatchObject([zero])
    expect(probe.consumer.assignment()).toHaveLength(1)
    giveBack()
    await world.clock.advance(0)

    expect(probe.revoking).toEqual([])
    expect(probe.epochOf(zero).epoch).toBeGreaterThan(before.epoch)
  })

  it('lets a zombie deliver until its next commit, which is fenced, while another member owns the partition', async () => {
    const world = await anInMemoryWorld()
    const zombie = await world.consumer()
    const old = zombie.epochOf(zero)
    const giveBack = world.broker.controls.takeAway('billing', { silently: true })
    expect(zombie.lost).toEqual([])
    const producer = await world.producer()
    await producer.append('orders', 0, [aRecord({ value: 'a' })])
    await world.clock.advance(0)
    expect(zombie.values()).toEqual(['a'])

    expect(await zombie.consumer.commit([{ ...old, offset: 1n as NextOffset }])).toEqual({ kind: 'fenced' })
    expect(old.signal.aborted).toBe(true)
    expect(zombie.lost).toMatchObject([zero])
    giveBack()
    await world.clock.advance(0)

    expect(zombie.consumer.assignment()).toHaveLength(2)
    expect(zombie.values()).toEqual(['a', 'a'])
  })

  it('tells a zombie that commits nothing when its partitions are given out again', async () => {
    const world = await anInMemoryWorld()
    const probe = await world.consumer()
    const old = probe.epochOf(zero)

    world.broker.controls.takeAway('billing', { silently: true })()
    await world.clock.advance(0)

    expect(probe.lost).toHaveLength(2)
    expect(probe.epochOf(zero).epoch).toBeGreaterThan(old.epoch)
  })

  it('waits with a rebalance for members that commit, at most the rebalance time-out', async () => {
    const world = await anInMemoryWorld()
    const stubborn = await world.consumer(
      { rebalanceTimeoutMs: 5_000 },
      { revoking: () => new Promise(() => undefined) },
    )
    const joining = world.consumer()

    await world.clock.advance(4_999)
    expect(stubborn.consumer.assignment()).toHaveLength(2)
    await world.clock.advance(1)

    expect((await joining).consumer.assignment()).toHaveLength(1)
    expect(stubborn.lost).toMatchObject([{ topic: 'orders', partition: 1 }])
  })

  it('moves nothing in a rebalance of the same members, announced or not', async () => {
    const world = await anInMemoryWorld()
    const probe = await world.consumer()
    const before = probe.consumer.assignment()

    await world.broker.controls.rebalance('billing')
    expect(probe.revoking).toHaveLength(2)
    await world.broker.controls.rebalance('billing', { announce: false })
    expect(probe.revoking).toHaveLength(2)

    expect(probe.consumer.assignment()).toEqual(before)
    expect(probe.lost).toEqual([])
  })

  it('tells the old owner before the new one hears of a partition', async () => {
    const world = await anInMemoryWorld()
    const told: string[] = []
    const listener = (name: string): Partial<BrokerConsumerListener> => ({
      assigned: (partitions) => {
        for (const { partition } of partitions) told.push(`${name} owns ${partition}`)
      },
      lost: (partitions) => {
        for (const { partition } of partitions) told.push(`${name} lost ${partition}`)
      },
    })
    await world.consumer({}, listener('first'))
    await world.consumer({}, listener('second'))

    expect(told).toEqual(['first owns 0', 'first owns 1', 'first lost 1', 'second owns 1'])
  })

  it('stops delivering while it is down and goes on afterwards, with the same members', async () => {
    const world = await anInMemoryWorld()
    const producer = await world.producer()
    const gate = createGate()
    const probe = await world.consumer({}, { deliver: () => gate.opened })
    await producer.append('orders', 0, [aRecord({ value: 'a' })])
    await world.clock.advance(0)
    await producer.append('orders', 0, [aRecord({ value: 'b' })])
    world.broker.controls.goDown()
    gate.open()
    await world.clock.advance(0)

    expect(probe.values()).toEqual(['a'])
    expect(await probe.consumer.commit([{ ...probe.epochOf(zero), offset: 1n as NextOffset }])).toMatchObject({
      kind: 'failed',
      error: { code: 'BROKER_UNREACHABLE', retriable: true },
    })
    world.broker.controls.comeBack()
    await world.clock.advance(0)

    expect(probe.values()).toEqual(['a', 'b'])
    expect(probe.lost).toEqual([])
  })

  it('logs what a listener throws and goes on', async () => {
    const logger = createRecordingLogger()
    const world = await anInMemoryWorld({ logger })
    const boom = (): never => {
      throw new Error('boom')
    }
    const probe = await world.consumer({}, { lost: boom, revoking: boom, problem: boom })
    await world.broker.controls.rebalance('billing')
    world.broker.controls.takeAway('billing', { partitions: [zero] })

    expect(logger.texts('error')).toEqual(['the listener threw in revoking', 'the listener threw in lost'])
    expect(probe.consumer.assignment()).toHaveLength(1)
  })

  it('moves over the holes of compaction with an empty batch', async () => {
    const world = await anInMemoryWorld()
    const producer = await world.producer()
    await producer.append(
      'orders',
      0,
      ['a', 'a', 'a'].map((key) => aRecord({ key, value: key })),
    )
    const probe = await world.consumer()
    await world.clock.advance(0)
    expect(probe.position(zero)).toBe(3n)

    const another = world.broker.createTransactionalProducer({ transactionalId: 't' })
    await another.start()
    const transaction = await another.begin()
    await transaction.append('orders', 0, [aRecord()])
    await transaction.abort()
    await world.clock.advance(0)

    expect(probe.batches.at(-1)).toMatchObject({ records: [], nextOffset: 5n, end: 5n })
    world.broker.controls.compact(zero)
    const fresh = await world.consumer({ groupId: 'fresh' })
    expect(fresh.batches.at(-1)).toMatchObject({ nextOffset: 5n })
    expect(fresh.records().map(({ offset }) => offset)).toEqual([2n])
  })

  it('reads a recreated topic from its start: its offsets begin anew and the old commits are gone', async () => {
    const world = await anInMemoryWorld()
    const admin = world.broker.createAdmin()
    await admin.start()
    const producer = await world.producer()
    const probe = await world.consumer()
    await producer.append('orders', 0, [aRecord({ value: 'old', timestampMs: 1n })])
    await world.clock.advance(0)
    await probe.consumer.commit([{ ...probe.epochOf(zero), offset: 1n as NextOffset }])

    await admin.deleteTopics(['orders'])
    await world.clock.advance(0)
    expect(probe.consumer.assignment()).toEqual([])
    expect(await admin.groupOffsets('billing')).toEqual([])
    await admin.createTopics([{ name: 'orders', partitions: 1 }])
    await producer.append('orders', 0, [aRecord({ value: 'new', timestampMs: 2n })])
    await world.clock.advance(0)

    expect(probe.records()).toMatchObject([
      { offset: 0n, timestampMs: 1n },
      { offset: 0n, timestampMs: 2n },
    ])
  })

  it('finds out while it runs that the records it would read next are gone', async () => {
    const world = await anInMemoryWorld()
    const producer = await world.producer()
    const gate = createGate()
    const probe = await world.consumer({}, { deliver: () => gate.opened })
    await producer.append('orders', 0, [aRecord({ value: 'a' })])
    await world.clock.advance(0)
    await producer.append(
      'orders',
      0,
      ['b', 'c'].map((value) => aRecord({ value })),
    )
    world.broker.controls.deleteRecords(zero, 2n)

    gate.open()
    await world.clock.advance(0)

    expect(probe.values()).toEqual(['a'])
    expect(probe.problems).toMatchObject([{ code: 'BROKER_OFFSET_OUT_OF_RANGE', topic: 'orders', partition: 0 }])
    probe.consumer.seek(probe.epochOf(zero), 2n as NextOffset)
    await world.clock.advance(0)
    expect(probe.values()).toEqual(['a', 'c'])
  })

  it('lets no timer stay behind once everything is closed', async () => {
    const world = await anInMemoryWorld({ logger: silentLogger })
    const first = await world.consumer({}, { deliver: () => Promise.reject(new Error('again')) })
    const second = await world.consumer()
    const producer = await world.producer()
    await producer.append('orders', 0, [aRecord()])
    await world.clock.advance(50)

    await Promise.all([first.consumer.close(), second.consumer.close(), producer.close()])
    await world.clock.advance(0)

    expect(world.clock.waiting).toBe(0)
  })

  it('refuses a consumer without group or topics', async () => {
    const { broker } = await anInMemoryWorld()

    expect(() => broker.createConsumer({ groupId: '', topics: [] })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID', problems: [expect.any(String), expect.any(String)] }),
    )
  })
})
