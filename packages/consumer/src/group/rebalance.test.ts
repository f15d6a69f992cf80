import { type BrokerConsumer, type BrokerConsumerListener, BrokerError } from '@ledgerbus/core'
import { createGate, type InMemoryBroker } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated, type Stage } from '../../test/stage.ts'
import type { ConsumerActivity } from '../activity/consumer-activity.ts'
import { on } from '../on.ts'

let stage: Stage
let told: string[]

beforeEach(async () => {
  stage = await createStage()
  told = []
})

/** Of the topic of events; the group's own topics do as it does. */
const observer = (activity: ConsumerActivity) => {
  if (!('topic' in activity) || activity.topic === 'orders') told.push(activity.kind)
}
const ofPartitions = () => told.filter((kind) => kind.startsWith('partition-'))

/** The same broker; what its consumers tell their listeners is told by hand. */
function byHand(real: InMemoryBroker) {
  const listeners: BrokerConsumerListener[] = []
  const consumers: BrokerConsumer[] = []
  const broker: InMemoryBroker = {
    ...real,
    createConsumer(options) {
      const inner = real.createConsumer(options)
      consumers.push(inner)
      return {
        ...inner,
        start(listener, wait) {
          listeners.push(listener)
          return inner.start(listener, wait)
        },
      }
    },
  }
  return { broker, listeners, consumers }
}

describe('a rebalance', () => {
  it('waits for handlers under way and commits what they did, begins nothing meanwhile, and lets kept partitions go on', async () => {
    const gate = createGate()
    const begun: number[] = []
    const consumer = stage.consumer(
      [
        on(OrderCreated, (event) => {
          begun.push(event.payload.after.total)
          return event.payload.after.total === 1 ? gate.opened : undefined
        }),
      ],
      { observer, concurrency: 1 },
    )
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 })
    await stage.clock.advance(0)

    const done = stage.broker.controls.rebalance(groupId)
    await stage.clock.advance(5_000)
    expect(begun).toEqual([1])
    expect(await stage.committed()).toBe(0n)
    expect(consumer.health().partitions[0]).toMatchObject({ state: 'paused', pausedFor: 'rebalance', open: 2 })

    gate.open()
    await stage.clock.advance(0)
    await done
    expect(await stage.committed()).toBe(1n)
    expect(begun).toEqual([1, 2])
    expect(ofPartitions()).toEqual(['partition-assigned', 'partition-revoking', 'partition-kept'])
  })

  it('does not wait for the next attempt of what failed', async () => {
    const attempts: number[] = []
    const consumer = stage.consumer([
      on(OrderCreated, (_, { attempt }) => {
        attempts.push(attempt)
        if (attempt === 1) throw new Error('not yet')
      }),
    ])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)

    const done = stage.broker.controls.rebalance(groupId)
    await stage.clock.advance(0)
    await done
    expect(attempts).toEqual([1])
    await stage.clock.advance(1_000)
    expect(attempts).toEqual([1, 2])
  })

  it('begins no attempt either: one that is due waits until the partition is kept', async () => {
    const gate = createGate()
    const attempts: string[] = []
    const consumer = stage.consumer([
      on(OrderCreated, (event, { attempt, record }) => {
        attempts.push(`${record.offset}.${attempt}`)
        if (event.payload.after.total === 1 && attempt === 1) throw new Error('not yet')
        return event.payload.after.total === 2 ? gate.opened : undefined
      }),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 })
    await stage.clock.advance(0)
    const done = stage.broker.controls.rebalance(groupId)
    await stage.clock.advance(10_000)
    expect(attempts).toEqual(['0.1', '1.1'])

    gate.open()
    await stage.clock.advance(0)
    await done
    expect(attempts).toEqual(['0.1', '1.1', '0.2'])
  })

  it('does not wait for a dead-letter topic that is away; the record stays uncommitted', async () => {
    stage.broker.controls.inject({ at: 'append', topic: `orders.${groupId}.dlq`, outcome: 'failed', times: 100 })
    const consumer = stage.consumer([
      on(
        OrderCreated,
        () => {
          throw new Error('never')
        },
        { retry: { maxAttempts: 1 } },
      ),
    ])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(3_000)
    const done = stage.broker.controls.rebalance(groupId)
    await stage.clock.advance(0)
    await done
    expect(consumer.counts()).toMatchObject({ open: 1, deadLettered: 0 })
    expect(consumer.health()).toMatchObject({ status: 'degraded' })
  })

  it('lets all handlers of a record end that is under way, so that none runs twice', async () => {
    const gate = createGate()
    const ran: string[] = []
    const consumer = stage.consumer(
      [
        on(
          'order.*',
          () => {
            ran.push('first')
            return gate.opened
          },
          { name: 'first' },
        ),
        on(
          'order.*',
          async () => {
            await stage.clock.sleep(100)
            ran.push('second')
          },
          { name: 'second' },
        ),
      ],
      { topics: ['orders'] },
    )
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    const giveBack = stage.broker.controls.rebalance(groupId)
    await stage.clock.advance(0)
    gate.open()
    await stage.clock.advance(100)
    await giveBack
    expect(ran).toEqual(['first', 'second'])
    expect(await stage.committed()).toBe(1n)
  })

  it('goes on without a handler that takes longer than two fifths of its time; the record is not committed', async () => {
    const gate = createGate()
    const consumer = stage.consumer([on(OrderCreated, () => gate.opened)], { rebalanceTimeoutMs: 10_000 })
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    let isOver = false
    const done = stage.broker.controls.rebalance(groupId).then(() => {
      isOver = true
    })
    await stage.clock.advance(3_999)
    expect(isOver).toBe(false)
    await stage.clock.advance(1)
    await done
    expect(await stage.committed()).toBe(0n)
    gate.open()
    await stage.clock.advance(1_000)
    expect(await stage.committed()).toBe(1n)
  })

  it('hands a partition over with nothing to be handled twice', async () => {
    const handled: string[] = []
    const member = (name: string) =>
      stage.consumer([
        on(OrderCreated, async (_, { record }) => {
          await stage.clock.sleep(50)
          handled.push(`${name} ${record.offset}`)
        }),
      ])
    const first = member('first')
    await first.start()
    await stage.append(...Array.from({ length: 40 }, (_, n) => ({ key: `k${n}`, total: n })))
    await stage.clock.advance(60)
    const leaving = first.close()
    const second = member('second')
    const started = second.start()
    await stage.clock.advance(1_000)
    await Promise.all([leaving, started])
    await stage.append({ key: 'k1', total: 41 })
    await stage.clock.advance(1_000)

    expect(handled).toHaveLength(41)
    expect(new Set(handled.map((each) => each.split(' ')[1])).size).toBe(41)
    expect(handled.at(-1)).toBe('second 40')
  })

  it('that refuses the commit has it made after it, when the partition is kept', async () => {
    const consumer = stage.consumer([on(OrderCreated, () => undefined)], { commitIntervalMs: 60_000 })
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    stage.broker.controls.inject({ at: 'commit', outcome: 'failed', groupId })
    const done = stage.broker.controls.rebalance(groupId)
    await stage.clock.advance(0)
    await done
    expect(await stage.committed()).toBeUndefined()
    await stage.clock.advance(60_000)
    expect(await stage.committed()).toBe(1n)
  })

  it('does not wait long for a commit that is not answered', async () => {
    const gate = createGate()
    const consumer = stage.consumer([on(OrderCreated, () => undefined)], {
      commitIntervalMs: 600_000,
      rebalanceTimeoutMs: 10_000,
    })
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    stage.broker.controls.inject({ at: 'commit', outcome: 'ok', groupId, until: gate.opened })
    const done = stage.broker.controls.rebalance(groupId)
    await stage.clock.advance(1_000)
    await done
    gate.open()
    await stage.clock.advance(0)
    expect(await stage.committed()).toBe(1n)
  })

  it('leaves no partition held: what is read and told only during it begins when it is kept', async () => {
    const handled: bigint[] = []
    const { broker, listeners, consumers } = byHand(stage.broker)
    const consumer = stage.consumer([on(OrderCreated, (_, { record }) => void handled.push(record.offset))], { broker })
    await consumer.start()
    await stage.clock.advance(0)
    const [listener] = listeners
    const [epoch] = consumers[0]?.assignment() ?? []
    if (listener === undefined || epoch === undefined) throw new Error('nothing is owned')
    const next = { ...epoch, epoch: 7 }

    await listener.revoking?.([next])
    await listener.assigned?.([{ ...next, committed: undefined, low: 0n, end: 0n }])
    await stage.append({})
    const [record] = stage.broker.controls.records('orders')
    if (record === undefined) throw new Error('nothing was appended')
    await listener.deliver({ ...next, records: [record], nextOffset: 1n as never, end: 1n })
    expect(handled).toEqual([])

    listener.kept?.([next])
    expect(handled).toEqual([0n])
  })

  it('during which the consumer is closed does not keep it longer than its time', async () => {
    const gate = createGate()
    const consumer = stage.consumer([on(OrderCreated, () => gate.opened)], { concurrency: 1 })
    await consumer.start()
    await stage.append({ key: 'a' }, { key: 'b' })
    await stage.clock.advance(0)
    void stage.broker.controls.rebalance(groupId)
    await stage.clock.advance(0)
    const closed = consumer.close({ drainMs: 2_000 })
    await stage.clock.advance(3_000)
    expect(await closed).toMatchObject({ aborted: 1, left: 2, commit: 'ok' })
  })
})

describe('a broker that takes less metadata than usual', () => {
  it('gets commits that say less, and is not asked in vain for ever', async () => {
    const refusing: InMemoryBroker = {
      ...stage.broker,
      createConsumer(options) {
        const inner = stage.broker.createConsumer(options)
        return {
          ...inner,
          async commit(positions) {
            if (positions.every(({ metadata = '' }) => metadata.length <= 4)) return inner.commit(positions)
            const error = new BrokerError('too large', { code: 'BROKER_COMMIT_METADATA_TOO_LARGE', groupId })
            return { kind: 'failed', error }
          },
        }
      },
    }
    const gate = createGate()
    const handler = on(OrderCreated, (event) => (event.payload.after.total === 0 ? gate.opened : undefined))
    const consumer = stage.consumer([handler], { broker: refusing })
    await consumer.start()
    for (let n = 0; n < 5; n += 1) await stage.append({ key: `slow ${n}`, total: 0 }, { key: 'a' }, { key: 'b' })
    await stage.clock.advance(5_000)

    expect(await stage.committed()).toBe(0n)
    expect(consumer.counts().mapsTooLarge).toBeGreaterThan(0)
    gate.open()
    await stage.clock.advance(1_000)
    expect(await stage.committed()).toBe(15n)
  })
})

describe('a restart', () => {
  it('handles nothing again that was finished behind a slow key', async () => {
    const handled: string[] = []
    const stuck = on(OrderCreated, async (event, { signal, record }) => {
      if (event.payload.after.total === 0) {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      }
      handled.push(`first ${record.offset}`)
    })
    const first = stage.consumer([stuck])
    await first.start()
    await stage.append(
      { key: 'slow', total: 0 },
      { key: 'a', total: 1 },
      { key: 'slow', total: 2 },
      { key: 'b', total: 3 },
    )
    await stage.clock.advance(0)
    const closed = first.close({ drainMs: 100 })
    await stage.clock.advance(1_100)
    expect(await closed).toMatchObject({ left: 2, committed: [{ offset: 0n }] })

    const second = stage.consumer([on(OrderCreated, (_, { record }) => void handled.push(`second ${record.offset}`))], {
      observer,
    })
    await second.start()
    await stage.clock.advance(1_000)

    expect(handled).toEqual(['first 1', 'first 3', 'second 0', 'second 2'])
    expect(second.counts()).toMatchObject({ delivered: 2, restored: 2, handled: 2 })
    expect(told.filter((kind) => kind === 'record-restored')).toHaveLength(2)
    expect(await stage.committed()).toBe(4n)
  })

  it('after a program that commits something else as metadata warns once a partition and begins at the commit', async () => {
    const other = stage.broker.createConsumer({ groupId, topics: ['orders'] })
    await other.start({ deliver: async () => undefined })
    await stage.append({}, {})
    const [epoch] = other.assignment()
    if (epoch === undefined) throw new Error('nothing is owned')
    await other.commit([{ ...epoch, offset: 1n as never, metadata: 'checkpoint by hand' }])
    await other.close()

    const consumer = stage.consumer([on(OrderCreated, () => undefined)])
    await consumer.start()
    await stage.clock.advance(1_000)

    expect(consumer.counts()).toMatchObject({ handled: 1, restored: 0 })
    const warnings = stage.logger.lines.filter(({ text }) => text.startsWith('the metadata of the commit is no map'))
    expect(warnings.map(({ facts }) => facts)).toMatchObject([{ topic: 'orders', partition: 0, offset: '1' }])
    expect(await stage.committed()).toBe(2n)
  })
})
