import type { TopicSpec } from '@ledgerbus/core'
import { aRecord, builderTimeMs } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { anOrder, aPlanWorld, type PlanWorld } from '../../test/plan-world.ts'
import { checkPremises } from './check-premises.ts'
import { planHash } from './plan-hash.ts'
import type { ReplayPlan } from './replay-plan.ts'

const orders: TopicSpec = { name: 'orders', partitions: 3 }
const orderAt = (id: string, ms: bigint) => anOrder(id, { timestampMs: builderTimeMs + ms })

let world: PlanWorld

beforeEach(async () => {
  world = await aPlanWorld([orders])
  await world.publish('orders', 0, [orderAt('o-1', 0n), orderAt('o-2', 1n), orderAt('o-3', 2n)])
})

async function check(plan: ReplayPlan, signal?: AbortSignal): Promise<readonly string[]> {
  const admin = world.broker.createAdmin()
  const reader = world.broker.createReader()
  await Promise.all([admin.start(), reader.start()])
  try {
    return await checkPremises(plan, admin, reader, signal ? { signal } : {})
  } finally {
    await Promise.all([admin.close(), reader.close()])
  }
}

function changed(text: string): unknown {
  return expect.objectContaining({
    code: 'REPLAY_PREMISES_CHANGED',
    message: expect.stringContaining(text) as unknown,
  })
}

async function makeAnew(spec: TopicSpec = orders): Promise<void> {
  await world.deleteTopics(spec.name)
  await world.createTopics(spec)
}

describe('premises of a plan', () => {
  it('hold while its topics are as they were, also when they have grown', async () => {
    const plan = await world.plan()
    expect(plan.topics).toEqual([
      { name: 'orders', partitions: 3, witness: { partition: 0, offset: 2n, timestampMs: builderTimeMs + 2n } },
    ])
    await world.publish('orders', 1, [anOrder('o-9')])
    expect(await check(plan)).toEqual([])
  })

  it('have changed when a topic is gone', async () => {
    const plan = await world.plan()
    await world.deleteTopics('orders')
    await expect(check(plan)).rejects.toThrow(changed('orders: it does not exist any more'))
  })

  it('have changed when a topic was made anew and is shorter', async () => {
    const plan = await world.plan()
    await makeAnew()
    await expect(check(plan)).rejects.toThrow(changed('orders: partition 0 ends at 0 and had offset 2'))
  })

  it('have changed when a topic was made anew and is as long: its records are of other times', async () => {
    const plan = await world.plan()
    await makeAnew()
    await world.publish('orders', 0, [orderAt('o-1', 10n), orderAt('o-2', 11n), orderAt('o-3', 12n)])
    await expect(check(plan)).rejects.toThrow(changed('another record at offset 2; it was deleted and made anew'))
  })

  it('have changed when a topic has fewer partitions', async () => {
    const plan = await world.plan()
    await makeAnew({ name: 'orders', partitions: 2 })
    await expect(check(plan)).rejects.toThrow(changed('orders: it has 2 partitions, 3 when the plan was made'))
  })

  it('hold when a topic has more partitions, which is said', async () => {
    const plan = await world.plan()
    world.broker.controls.addPartitions('orders', 6)
    expect(await check(plan)).toEqual([
      'orders has 6 partitions, 3 when the plan was made; entries keep the numbers of theirs',
    ])
  })

  it('have changed when a target has more partitions and some entries are placed there by their key', async () => {
    await world.publish('orders', 2, [anOrder('o-7')])
    await world.createTopics({ name: 'orders-again', partitions: 2 })
    const plan = await world.plan({ target: 'orders-again' })
    world.broker.controls.addPartitions('orders-again', 4)
    await expect(check(plan)).rejects.toThrow(changed('orders-again: it has 4 partitions, 2 when the plan was made'))
  })

  it('have changed when a topic has more partitions and a transform may give keys: those are placed by their key', async () => {
    const transforms = { 'by-customer': () => null }
    await world.createTopics({ name: 'orders-again', partitions: 3 })
    const original = await world.plan({ transform: 'by-customer' }, { transforms })
    const copy = await world.plan({ transform: 'by-customer', target: 'orders-again' }, { transforms })
    expect([await check(original), await check(copy)]).toEqual([[], []])
    world.broker.controls.addPartitions('orders', 6)
    await expect(check(original)).rejects.toThrow(
      changed(
        'orders: it has 6 partitions, 3 when the plan was made; entries that transform "by-customer" gives another key are placed by their key',
      ),
    )
    expect(await check(copy)).toEqual([])
    world.broker.controls.addPartitions('orders-again', 4)
    await expect(check(copy)).rejects.toThrow(changed('orders-again: it has 4 partitions, 3 when the plan was made'))
  })

  it('hold when retention took the witness', async () => {
    const plan = await world.plan()
    await world.publish('orders', 0, [orderAt('o-4', 3n)])
    world.broker.controls.deleteRecords({ topic: 'orders', partition: 0 }, 3n)
    expect(await check(plan)).toEqual([])
  })

  it('hold when compaction took the witness, where the topic is compacted, and not where it is none', async () => {
    const compacted = { name: 'prices', partitions: 1, settings: { 'cleanup.policy': 'compact' } }
    await world.createTopics(compacted)
    await world.publish('prices', 0, [orderAt('p-1', 0n)])
    const plan = await world.plan({ topics: ['prices'] })
    const ordersPlan = await world.plan({ topics: ['orders'] })
    await world.publish('prices', 0, [orderAt('p-1', 5n)])
    await world.publish('orders', 0, [orderAt('o-3', 5n)])
    world.broker.controls.compact({ topic: 'prices', partition: 0 })
    world.broker.controls.compact({ topic: 'orders', partition: 0 })
    expect(await check(plan)).toEqual([])
    await expect(check(ordersPlan)).rejects.toThrow(changed('orders: partition 0 has no record at offset 2 any more'))
  })

  it('say nothing of a topic that was empty, which is as good made anew', async () => {
    await world.createTopics({ name: 'orders-again', partitions: 3 })
    const plan = await world.plan({ target: 'orders-again' })
    expect(plan.topics).toEqual([{ name: 'orders-again', partitions: 3 }])
    await makeAnew({ name: 'orders-again', partitions: 3 })
    expect(await check(plan)).toEqual([])
  })

  it('are the target alone, the topics of entries from the log may be gone', async () => {
    await world.createTopics({ name: 'orders-again', partitions: 3 })
    const plan = await world.plan({ target: 'orders-again' })
    await world.deleteTopics('orders')
    expect(await check(plan)).toEqual([])
  })

  it('are also what is read from, where that is Kafka', async () => {
    await world.createTopics({ name: 'orders-again', partitions: 3 })
    const source = { ...world.source, name: 'kafka' } as const
    const plan = await world.plan({ target: 'orders-again' }, { source })
    expect(await check(plan)).toEqual([])
    await makeAnew()
    await expect(check(plan)).rejects.toThrow(changed('orders/0: it ends at 0, and the plan reads up to 2'))
    await world.deleteTopics('orders')
    await expect(check(plan)).rejects.toThrow(changed('orders: the entries are read from it'))
  })

  it('are named all at once', async () => {
    await world.createTopics({ name: 'users', partitions: 1 })
    await world.publish('users', 0, [anOrder('u-1')])
    const plan = await world.plan()
    await world.deleteTopics('orders', 'users')
    await expect(check(plan)).rejects.toThrow(changed('orders: it does not exist any more; users: it does not exist'))
  })

  it('end with the signal', async () => {
    await expect(check(await world.plan(), AbortSignal.abort('enough'))).rejects.toBe('enough')
  })
})

describe('witness', () => {
  it('is the last committed record, behind markers of transactions', async () => {
    const producer = world.broker.createTransactionalProducer({ transactionalId: 't' })
    await producer.start()
    const transaction = await producer.begin()
    await transaction.append('orders', 0, [aRecord({ timestampMs: 7n })])
    await transaction.commit()
    const aborted = await producer.begin()
    await aborted.append('orders', 0, [aRecord({ timestampMs: 9n })])
    await aborted.abort()
    await producer.close()
    expect((await world.plan({ groups: [] })).topics[0]?.witness).toEqual({ partition: 0, offset: 3n, timestampMs: 7n })
  })

  it('is looked for further back where the end holds nothing but holes', async () => {
    const producer = world.broker.createTransactionalProducer({ transactionalId: 't' })
    await producer.start()
    for (let time = 0; time < 20; time += 1) {
      const aborted = await producer.begin()
      await aborted.append('orders', 0, [aRecord({ timestampMs: 9n })])
      await aborted.abort()
    }
    await producer.close()
    const [topic] = (await world.plan({ groups: [] })).topics
    expect(topic?.witness).toEqual({ partition: 0, offset: 2n, timestampMs: builderTimeMs + 2n })
  })

  it('is taken from what is visible when a transaction is open, after a short wait', async () => {
    const producer = world.broker.createTransactionalProducer({ transactionalId: 't' })
    await producer.start()
    const transaction = await producer.begin()
    await transaction.append('orders', 0, [aRecord({ timestampMs: 7n })])
    const planning = world.plan({ groups: [] })
    await world.clock.advance(2_000)
    expect((await planning).topics[0]?.witness).toEqual({
      partition: 0,
      offset: 2n,
      timestampMs: builderTimeMs + 2n,
    })
    await transaction.abort()
    await producer.close()
  })

  it('belongs to what the hash covers', async () => {
    const plan = await world.plan()
    const [topic] = plan.topics
    expect(planHash({ ...plan, topics: topic ? [{ name: topic.name, partitions: topic.partitions }] : [] })).not.toBe(
      plan.hash,
    )
  })
})
