import { type BrokerConsumerOptions, type RecordBatch, silentLogger } from '@ledgerbus/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anInMemoryWorld } from '../../test/in-memory-world.ts'
import { aRecord } from '../builders/a-record.ts'
import type { ConsumerProbe } from '../contracts/broker/consumer-probe.ts'

type Step =
  | { readonly kind: 'append'; readonly partition: number; readonly count: number }
  | { readonly kind: 'join' }
  | { readonly kind: 'join as'; readonly instance: number }
  | { readonly kind: 'leave'; readonly member: number }
  | { readonly kind: 'let time pass' }
  | { readonly kind: 'rebalance'; readonly announce: boolean }
  | { readonly kind: 'take away'; readonly silently: boolean; readonly thenSettle: boolean }
  | { readonly kind: 'add a partition' }
  | { readonly kind: 'settle' }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), partition: fc.nat(5), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('join' as const) }),
  fc.record({ kind: fc.constant('join as' as const), instance: fc.nat(2) }),
  fc.record({ kind: fc.constant('leave' as const), member: fc.nat(5) }),
  fc.record({ kind: fc.constant('let time pass' as const) }),
  fc.record({ kind: fc.constant('rebalance' as const), announce: fc.boolean() }),
  fc.record({ kind: fc.constant('take away' as const), silently: fc.boolean(), thenSettle: fc.boolean() }),
  fc.record({ kind: fc.constant('add a partition' as const) }),
  fc.record({ kind: fc.constant('settle' as const) }),
)

const sessionTimeoutMs = 10_000

/** What the run of one schedule showed. */
interface History {
  readonly delivered: Map<string, Set<bigint>>
  readonly faults: string[]
}

/** Checks each delivery as it comes: owned, in order, not before its end of ownership. */
function noteDelivery(history: History, lastOfEpoch: Map<AbortSignal, bigint>, batch: RecordBatch): void {
  const { topic, partition, signal, records } = batch
  if (signal.aborted) history.faults.push(`${topic}/${partition} was delivered after its ownership ended`)
  const seen = history.delivered.get(`${topic}/${partition}`) ?? new Set<bigint>()
  history.delivered.set(`${topic}/${partition}`, seen)
  for (const { offset } of records) {
    const last = lastOfEpoch.get(signal)
    if (last !== undefined && offset <= last) history.faults.push(`${topic}/${partition}: ${offset} after ${last}`)
    lastOfEpoch.set(signal, offset)
    seen.add(offset)
  }
}

async function run(steps: readonly Step[]): Promise<void> {
  const world = await anInMemoryWorld({ logger: silentLogger, maxRecordsPerBatch: 3 })
  const producer = await world.producer()
  const admin = world.broker.createAdmin()
  await admin.start()
  const { controls } = world.broker
  const history: History = { delivered: new Map(), faults: [] }
  const lastOfEpoch = new Map<AbortSignal, bigint>()
  const members: ConsumerProbe[] = []
  let partitions = 2

  async function join(options: Partial<BrokerConsumerOptions> = {}): Promise<void> {
    const probe = await world.consumer(options, (consumer) => ({
      async deliver(batch) {
        noteDelivery(history, lastOfEpoch, batch)
        await Promise.resolve()
        await consumer.commit([{ ...batch, offset: batch.nextOffset }])
      },
    }))
    members.push(probe)
  }

  async function take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'append': {
        const records = Array.from({ length: step.count }, () => aRecord())
        await producer.append('orders', step.partition % partitions, records)
        return
      }
      case 'join':
        return join()
      case 'join as':
        return join({ instanceId: `instance-${step.instance}`, sessionTimeoutMs })
      case 'let time pass':
        return world.clock.advance(sessionTimeoutMs / 2)
      case 'leave': {
        const [leaving] = members.splice(step.member % Math.max(members.length, 1), 1)
        return leaving?.consumer.close()
      }
      case 'rebalance':
        return controls.rebalance('billing', { announce: step.announce })
      case 'take away': {
        const giveBack = controls.takeAway('billing', { silently: step.silently })
        if (step.thenSettle) await world.clock.advance(0)
        return giveBack()
      }
      case 'add a partition':
        partitions += 1
        return controls.addPartitions('orders', partitions)
      case 'settle':
        return world.clock.advance(0)
    }
  }

  for (const step of steps) await take(step)
  // Those that were away too long are given up.
  await world.clock.advance(sessionTimeoutMs)
  await join()
  // Whoever left may have left something behind: the last owner delivers it, and commits all there is.
  await world.clock.advance(0)

  expect(history.faults).toEqual([])
  const owned = members.flatMap(({ consumer }) => consumer.assignment().map(({ partition }) => partition))
  expect(owned.toSorted((left, right) => left - right)).toEqual(Array.from({ length: partitions }, (_, index) => index))
  for (const { offset, partition } of controls.records('orders')) {
    expect(history.delivered.get(`orders/${partition}`)?.has(offset)).toBe(true)
  }
  const commits = new Map((await admin.groupOffsets('billing')).map(({ partition, offset }) => [partition, offset]))
  for (const { partition, end } of await admin.topicOffsets('orders')) {
    if (end > 0n) expect(commits.get(partition)).toBe(end)
  }
  await Promise.all(members.map(({ consumer }) => consumer.close()))
  await world.clock.advance(sessionTimeoutMs)
  expect(world.clock.waiting).toBe(0)
}

describe('in-memory group', () => {
  it('delivers every record, in order within an ownership, to one owner at a time, whatever joins, leaves and lapses', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyStep, { maxLength: 30 }), run), { numRuns: 200 })
  })
})
