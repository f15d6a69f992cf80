import type { BrokerAdmin } from '@ledgerbus/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { anOrder, aPlanWorld, type PlanWorld } from '../../test/plan-world.ts'
import { checkStrangers, type CheckStrangersOptions } from './check-strangers.ts'
import type { ReplayPlan } from './replay-plan.ts'

let world: PlanWorld
let admin: BrokerAdmin

const unconfirmed: CheckStrangersOptions = { confirmed: undefined }

beforeEach(async () => {
  world = await aPlanWorld([
    { name: 'orders', partitions: 3 },
    { name: 'orders-again', partitions: 1 },
  ])
  await world.publish('orders', 0, [anOrder('o-1'), anOrder('o-2')])
  admin = world.broker.createAdmin()
  await admin.start()
})

function refused(message: RegExp): object {
  return { code: 'REPLAY_NOT_CONFIRMED', message: expect.stringMatching(message) as unknown }
}

describe('groups when a run begins', () => {
  it('are no obstacle where none joined', async () => {
    await world.commit('billing', 'orders', 0, 0n)
    await expect(checkStrangers(await world.plan(), admin, unconfirmed)).resolves.toBeUndefined()
  })

  it.each([
    ['the original topic', {}, 'orders'],
    ['another topic', { target: 'orders-again' }, 'orders-again'],
  ])('have to be confirmed where one joined %s after the plan', async (_what, asked, topic) => {
    const plan = await world.plan(asked)
    expect(plan.confirmations).toEqual([])
    await world.commit('shipping', topic, 0, 0n)
    const message = new RegExp(`group shipping reads ${topic} and did not when the plan was made`, 'u')
    await expect(checkStrangers(plan, admin, unconfirmed)).rejects.toMatchObject(refused(message))
  })

  it('are those that joined and have not committed, too', async () => {
    const plan = await world.plan()
    const consumer = world.broker.createConsumer({ groupId: 'shipping', topics: ['orders'] })
    await consumer.start({ deliver: async () => undefined })
    await expect(checkStrangers(plan, admin, unconfirmed)).rejects.toMatchObject(refused(/group shipping reads/u))
    await consumer.close()
  })

  it('are asked about even where the plan named them and wanted nothing, as plans once did for other topics', async () => {
    await world.commit('shipping', 'orders-again', 0, 0n)
    const plan: ReplayPlan = { ...(await world.plan({ target: 'orders-again' })), confirmations: [] }
    await expect(checkStrangers(plan, admin, unconfirmed)).rejects.toMatchObject(
      refused(/group shipping reads orders-again; groups on Ledgerbus skip/u),
    )
  })

  it('are no strangers where they are sinks', async () => {
    const plan = await world.plan()
    await world.commit('ledgerbus-audit-sink', 'orders', 0, 0n)
    await expect(checkStrangers(plan, admin, unconfirmed)).resolves.toBeUndefined()
    await expect(checkStrangers(plan, admin, { ...unconfirmed, sinkGroups: ['our-sink'] })).rejects.toMatchObject(
      refused(/group ledgerbus-audit-sink reads orders and did not/u),
    )
  })

  it('are not asked for where the run was confirmed, or publishes nothing', async () => {
    const plan = await world.plan()
    const empty = await world.plan({ names: ['order.returned'] })
    await world.commit('shipping', 'orders', 0, 0n)
    world.broker.controls.goDown()
    await expect(checkStrangers(plan, admin, { confirmed: true })).resolves.toBeUndefined()
    await expect(checkStrangers(empty, admin, unconfirmed)).resolves.toBeUndefined()
    await expect(checkStrangers(plan, admin, unconfirmed)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  })
})
