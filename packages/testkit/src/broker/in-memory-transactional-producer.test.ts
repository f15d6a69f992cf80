import { describe, expect, it } from 'vitest'
import { anInMemoryWorld, type InMemoryWorld } from '../../test/in-memory-world.ts'
import { aRecord } from '../builders/a-record.ts'

const zero = { topic: 'orders', partition: 0 }

describe('in-memory transactional producer', () => {
  async function aTransaction({ broker }: InMemoryWorld, transactionalId = 'replay') {
    const producer = broker.createTransactionalProducer({ transactionalId, transactionTimeoutMs: 1_000 })
    await producer.start()
    return { producer, transaction: await producer.begin() }
  }

  it('leaves open what an unanswered commit did not reach, and a new producer of the id settles it', async () => {
    const world = await anInMemoryWorld()
    world.broker.controls.inject({ at: 'transaction-commit', outcome: 'unknown', transactionalId: 'replay' })
    const { producer, transaction } = await aTransaction(world)
    await transaction.append('orders', 0, [aRecord({ value: 'maybe' })])

    expect(await transaction.commit()).toMatchObject({ kind: 'unknown' })
    await expect(producer.begin()).rejects.toMatchObject({ code: 'BROKER_TRANSACTION_UNUSABLE' })
    expect(world.broker.controls.records('orders')).toEqual([])
    const probe = await world.consumer()
    expect(probe.batches).toEqual([])
    await aTransaction(world)
    await world.clock.advance(0)

    expect(probe.position(zero)).toBe(2n)
    expect(probe.records()).toEqual([])
  })

  it('shows what an unanswered commit did reach', async () => {
    const world = await anInMemoryWorld()
    world.broker.controls.inject({ at: 'transaction-commit', outcome: 'unknown', stored: true })
    const { transaction } = await aTransaction(world)
    await transaction.append('orders', 0, [aRecord()])

    expect(await transaction.commit()).toMatchObject({ kind: 'unknown' })

    expect(world.broker.controls.records('orders')).toHaveLength(1)
  })

  it('aborts and shuts out who leaves a transaction open beyond its time-out', async () => {
    const world = await anInMemoryWorld()
    const { transaction } = await aTransaction(world)
    await transaction.append('orders', 0, [aRecord()])

    await world.clock.advance(1_000)

    expect(await transaction.commit()).toMatchObject({ kind: 'failed', error: { code: 'BROKER_TRANSACTION_FENCED' } })
    expect(world.broker.controls.records('orders')).toEqual([])
    expect(world.clock.waiting).toBe(0)
  })

  it('uses the producer up when an append ends unknown', async () => {
    const world = await anInMemoryWorld()
    world.broker.controls.inject({ at: 'append', outcome: 'unknown', stored: true, transactionalId: 'replay' })
    const { producer, transaction } = await aTransaction(world)

    expect(await transaction.append('orders', 0, [aRecord()])).toMatchObject({ kind: 'unknown' })
    expect(await transaction.append('orders', 0, [aRecord()])).toMatchObject({
      kind: 'failed',
      error: { code: 'BROKER_TRANSACTION_UNUSABLE' },
    })
    expect(await transaction.abort()).toEqual({ kind: 'ok' })
    await expect(producer.begin()).rejects.toMatchObject({ code: 'BROKER_TRANSACTION_UNUSABLE' })
    expect(world.broker.controls.records('orders')).toEqual([])
  })
})
