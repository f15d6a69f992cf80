import { BrokerError } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { anInMemoryWorld } from '../../test/in-memory-world.ts'
import { aRecord } from '../builders/a-record.ts'
import { createGate } from '../fakes/gate.ts'

describe('in-memory producer', () => {
  it('answers failed, unknown and not stored, unknown but stored, as a test injects it', async () => {
    const world = await anInMemoryWorld()
    const producer = await world.producer()
    const { controls } = world.broker
    controls.inject({ at: 'append', outcome: 'failed' })
    controls.inject({ at: 'append', outcome: 'unknown' })
    controls.inject({ at: 'append', outcome: 'unknown', stored: true })

    const outcomes = []
    for (const value of ['failed', 'lost', 'stored', 'fine'])
      outcomes.push(await producer.append('orders', 0, [aRecord({ value })]))

    expect(outcomes).toMatchObject([
      { kind: 'failed', error: { code: 'BROKER_FAULT_INJECTED', outcome: 'failed', retriable: true } },
      { kind: 'unknown', error: { code: 'BROKER_FAULT_INJECTED', outcome: 'unknown' } },
      { kind: 'unknown' },
      { kind: 'ok', baseOffset: 1n },
    ])
    expect(controls.records('orders')).toMatchObject(
      ['stored', 'fine'].map((value) => ({ value: aRecord({ value }).value })),
    )
  })

  it('hits only what a fault names, as often as it says, with the error it brings', async () => {
    const world = await anInMemoryWorld()
    const producer = await world.producer()
    const error = new BrokerError('not allowed', { code: 'BROKER_AUTHORIZATION' })
    world.broker.controls.inject({ at: 'append', outcome: 'failed', topic: 'orders', partition: 1, times: 2, error })

    const kinds = []
    for (const partition of [0, 1, 1, 1]) kinds.push((await producer.append('orders', partition, [aRecord()])).kind)

    expect(kinds).toEqual(['ok', 'failed', 'failed', 'ok'])
  })

  it('takes a fault back that no operation met', async () => {
    const world = await anInMemoryWorld()
    const producer = await world.producer()
    const remove = world.broker.controls.inject({ at: 'append', outcome: 'failed', times: 100 })

    expect(await producer.append('orders', 0, [aRecord()])).toMatchObject({ kind: 'failed' })
    remove()

    expect(await producer.append('orders', 0, [aRecord()])).toMatchObject({ kind: 'ok' })
  })

  it('has one batch in flight a partition: the next waits for the answer, other partitions do not', async () => {
    const world = await anInMemoryWorld()
    const producer = await world.producer()
    const gate = createGate()
    world.broker.controls.inject({ at: 'append', outcome: 'ok', until: gate.opened, partition: 0 })
    const answers: string[] = []
    const note = (name: string) => (): number => answers.push(name)

    const appends = [
      producer.append('orders', 0, [aRecord()]).then(note('held')),
      producer.append('orders', 0, [aRecord()]).then(note('behind')),
      producer.append('orders', 1, [aRecord()]).then(note('elsewhere')),
    ]
    await world.clock.advance(0)
    expect(answers).toEqual(['elsewhere'])
    gate.open()
    await Promise.all(appends)

    expect(answers).toEqual(['elsewhere', 'held', 'behind'])
  })

  it('calls an abort before its turn failed and one in flight unknown, for that batch is stored all the same', async () => {
    const world = await anInMemoryWorld()
    const producer = await world.producer()
    const gate = createGate()
    const controller = new AbortController()
    const { signal } = controller
    world.broker.controls.inject({ at: 'append', outcome: 'ok', until: gate.opened })

    const inFlight = producer.append('orders', 0, [aRecord({ value: 'in flight' })], { signal })
    const waiting = producer.append('orders', 0, [aRecord({ value: 'waiting' })], { signal })
    await world.clock.advance(0)
    controller.abort(new Error('stop'))

    expect(await waiting).toMatchObject({ kind: 'failed', error: { code: 'BROKER_ABORTED' } })
    expect(await inFlight).toMatchObject({ kind: 'unknown', error: { code: 'BROKER_NO_ANSWER', outcome: 'unknown' } })
    gate.open()
    await world.clock.advance(0)
    expect(world.broker.controls.records('orders')).toMatchObject([{ value: aRecord({ value: 'in flight' }).value }])
  })

  it('waits for a broker that is down, and knows nothing once the delivery time is over', async () => {
    const world = await anInMemoryWorld()
    const producer = await world.producer({ deliveryTimeoutMs: 1_000 })
    const { controls } = world.broker
    controls.goDown()
    const early = producer.append('orders', 0, [aRecord()])
    await world.clock.advance(999)
    controls.comeBack()
    expect(await early).toMatchObject({ kind: 'ok' })

    controls.goDown()
    const late = producer.append('orders', 0, [aRecord()])
    await world.clock.advance(1_000)

    expect(await late).toMatchObject({ kind: 'unknown', error: { code: 'BROKER_NO_ANSWER' } })
    await expect(world.broker.createProducer().start()).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      retriable: true,
    })
    await expect(producer.partitionCount('orders')).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  })

  it('closes only once the answer to what is in flight is there', async () => {
    const world = await anInMemoryWorld()
    const producer = await world.producer()
    const gate = createGate()
    world.broker.controls.inject({ at: 'append', outcome: 'ok', until: gate.opened })
    const appending = producer.append('orders', 0, [aRecord()])
    let closed = false
    const closing = producer.close().then(() => {
      closed = true
    })

    await world.clock.advance(0)
    expect(closed).toBe(false)
    gate.open()
    await closing

    expect(await appending).toMatchObject({ kind: 'ok' })
  })

  it('keeps the timestamps producers give', async () => {
    const world = await anInMemoryWorld()
    const producer = await world.producer()

    await producer.append('orders', 0, [aRecord({ timestampMs: 5n }), aRecord({ timestampMs: 3n })])

    expect(world.broker.controls.records('orders').map(({ timestampMs }) => timestampMs)).toEqual([5n, 3n])
  })
})
