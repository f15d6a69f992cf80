import { deadLetterTopicOf } from '@ledgerbus/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated, type Stage } from '../../../test/stage.ts'
import type { Consumer } from '../../consumer.ts'
import { on } from '../../on.ts'
import { createRedrive, type Redrive } from '../create-redrive.ts'

const deadLetterTopic = deadLetterTopicOf('orders', groupId)
const retry = { maxAttempts: 1 } as const

let stage: Stage
let redrive: Redrive
let isMended: boolean
let handled: string[]
let onHandled: () => unknown
const consumers: Consumer[] = []

beforeEach(async () => {
  stage = await createStage()
  redrive = createRedrive({ broker: stage.broker, clock: stage.clock, logger: stage.logger, originTopics: ['orders'] })
  isMended = false
  handled = []
  onHandled = () => undefined
})

afterEach(async () => {
  for (const consumer of consumers.splice(0)) {
    const closing = consumer.close({ drainMs: 0 })
    await stage.clock.advance(1_000)
    await closing
  }
})

async function aConsumer(name = 'charge'): Promise<Consumer> {
  const consumer = stage.consumer([
    on(
      OrderCreated,
      (event) => {
        if (!isMended) throw new Error('not yet')
        handled.push(event.entity.id)
        onHandled()
      },
      { name, retry },
    ),
  ])
  consumers.push(consumer)
  await consumer.start()
  return consumer
}

async function failed(...keys: readonly string[]): Promise<void> {
  await stage.append(...keys.map((key) => ({ key, envelope: { entity: { type: 'order', id: key } } })))
  await stage.clock.advance(1_000)
}

async function redriveAll(more = {}) {
  const running = redrive.run(await redrive.plan({ deadLetterTopic, ...more }))
  await stage.clock.advance(60_000)
  return await running
}

describe('a dead letter that is redriven', () => {
  it('is resolved once its group handled it', async () => {
    await aConsumer()
    await failed('o-1', 'o-2')
    isMended = true
    expect(await redriveAll()).toMatchObject({ redriven: 2, resolved: 2, failedAgain: 0 })
    expect(handled).toEqual(['o-1', 'o-2'])
    expect((await redrive.count({ deadLetterTopic })).byStatus).toEqual({ resolved: 2 })
  })

  it('and fails again is one dead letter, which only a plan that asks for it redrives again', async () => {
    await aConsumer()
    await failed('o-1')
    expect(await redriveAll()).toMatchObject({ redriven: 1, failedAgain: 1 })
    expect(stage.broker.controls.records(deadLetterTopic)).toHaveLength(2)
    expect(await redrive.count({ deadLetterTopic })).toMatchObject({ letters: 1, byStatus: { 'failed-again': 1 } })
    expect(await redriveAll()).toMatchObject({ state: 'empty' })

    isMended = true
    expect(await redriveAll({ statuses: ['failed-again'] })).toMatchObject({ redriven: 1, resolved: 1 })
    expect(handled).toEqual(['o-1'])
  })

  it('is parked when it failed three times again', async () => {
    await aConsumer()
    await failed('o-1')
    const statuses = ['pending', 'failed-again'] as const
    for (let round = 0; round < 3; round += 1) expect(await redriveAll({ statuses })).toMatchObject({ redriven: 1 })
    expect(await redriveAll({ statuses })).toMatchObject({ redriven: 0, parked: 1 })
    expect(await redriveAll({ statuses })).toMatchObject({ state: 'empty' })
    expect((await redrive.count({ deadLetterTopic })).byStatus).toEqual({ parked: 1 })
  })

  it('to its origin is noted by the group that failed', async () => {
    await aConsumer()
    await failed('o-1')
    isMended = true
    expect(await redriveAll({ to: 'origin' })).toMatchObject({ redriven: 1, resolved: 1 })
    expect(handled).toEqual(['o-1'])
    expect(stage.broker.controls.records('orders')).toHaveLength(2)
  })

  it('does not count as done before its end is noted', async () => {
    const { broker, clock } = stage
    await aConsumer()
    await failed('o-1')
    const lane = 'orders.billing.retry.0s'
    isMended = true
    onHandled = () =>
      broker.controls.inject({ at: 'append', topic: `${deadLetterTopic}.state`, outcome: 'failed', times: 2 })
    const running = redrive.run(await redrive.plan({ deadLetterTopic }), { patienceMs: 0 })
    await clock.advance(0)
    await running
    expect(handled).toEqual(['o-1'])
    expect(await stage.committed(lane)).toBeUndefined()

    await clock.advance(30_000)
    expect(await stage.committed(lane)).toBeGreaterThan(0n)
    expect(handled).toEqual(['o-1'])
    expect((await redrive.count({ deadLetterTopic })).byStatus).toEqual({ resolved: 1 })
  })

  it('whose group never told its end in time still counts as redriven', async () => {
    await aConsumer()
    await failed('o-1')
    for (const consumer of consumers.splice(0)) {
      const closing = consumer.close()
      await stage.clock.advance(1_000)
      await closing
    }
    expect(await redriveAll()).toMatchObject({ redriven: 1, resolved: 0, failedAgain: 0 })
    expect((await redrive.count({ deadLetterTopic })).byStatus).toEqual({ redriven: 1 })
    isMended = true
    await aConsumer()
    await stage.clock.advance(1_000)
    expect((await redrive.count({ deadLetterTopic })).byStatus).toEqual({ resolved: 1 })
  })
})
