import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker, BrokerConsumer, CommitPosition, NextOffset } from '@ledgerbus/core'
import { startKafka } from '@ledgerbus/local-stack'
import { aRecord, createRecordingLogger } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { describe, expect, it } from 'vitest'
import { createKafkaBroker } from '../src/index.ts'
import type { AwayTold } from './away-program.ts'
import { until } from './kafka-world.ts'
import { startTestProgram } from './test-program.ts'

const { kafkaBrokers } = stackAddresses()

async function newTopic(broker: Broker, partitions: number): Promise<string> {
  const name = `endurance-${randomUUID()}`
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name, partitions, settings: { 'retention.ms': '-1' } }])
  await admin.close()
  return name
}

/** Both take more than a minute, so they take it together. */
describe.concurrent('what lasts', { timeout: 240_000 }, () => {
  it('a minute without any broker loses and repeats nothing, holds no more memory at its end, and is quiet', async ({
    onTestFinished,
  }) => {
    const kafka = await startKafka()
    onTestFinished(() => kafka.stop())
    const logger = createRecordingLogger()
    const topic = await newTopic(createKafkaBroker({ brokers: kafka.addresses, clientId: 'endurance', logger }), 3)
    const program = startTestProgram<AwayTold>('away-program.ts', [kafka.addresses[0] ?? '', topic, `group-${topic}`], {
      nodeOptions: ['--expose-gc'],
    })
    onTestFinished(() => program.stop())
    const samples = () => program.told.filter((told) => told.what === 'sample')
    await until(() => expect(program.told).toEqual([{ what: 'ready' }]))
    const [server] = kafka.brokers

    await server?.kill('SIGKILL')
    program.say('away')
    await sleep(15_000)
    program.say('sample')
    await sleep(45_000)
    program.say('sample')
    await until(() => expect(samples()).toHaveLength(2))
    await server?.restart()
    program.say('back')
    await until(() => expect(program.told.at(-1)?.what).toBe('recovered'), 90_000)
    program.say('close')

    const [early, late] = samples() as [Sample, Sample]
    expect(late.heapBytes - early.heapBytes).toBeLessThan(2_000_000)
    expect(late.resources - early.resources).toBeLessThan(10)
    expect(late.logged).toBeLessThan(10)
    // It kept asking, and each question ended.
    expect(late.refused['BROKER_UNREACHABLE']).toBeGreaterThan(early.refused['BROKER_UNREACHABLE'] ?? 0)
    expect(Object.keys(late.refused).filter((outcome) => !refusals.includes(outcome))).toEqual([])
    const recovered = program.told.at(-1) as Recovered
    expect(recovered).toMatchObject({ appends: { ok: 600 }, committed: ['201', '201', '201'] })
    // What was handed over but not yet committed may come again; nothing else, and nothing is out of order.
    expect(recovered.delivered.map((numbers) => [...new Set(numbers)])).toEqual(
      [0, 1, 2].map((partition) => Array.from({ length: 201 }, (_, index) => partition + 3 * index)),
    )
    expect(await program.ended).toBe(0)
    expect(program.stderr()).toBe('')
  })

  it('a hundred rebalances under load lose nothing, and repeat nothing of what a member keeps', async ({
    onTestFinished,
  }) => {
    const logger = createRecordingLogger()
    const broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: 'endurance', logger })
    const topic = await newTopic(broker, 6)
    const groupId = `group-${topic}`
    const ownerships: Ownership[] = []
    const joined = async (): Promise<Member> => {
      const member = createMember(broker, { topic, groupId, ownerships })
      onTestFinished(() => member.consumer.close())
      await member.start()
      return member
    }
    const stays = await joined()
    await until(() => expect(stays.consumer.assignment()).toHaveLength(6))
    const before = stays.consumer.assignment()
    const load = startLoad(broker, topic, 6)
    onTestFinished(() => load.stop().then(() => undefined))

    for (let round = 0; round < 50; round += 1) {
      const visits = await joined()
      await until(() => expect(visits.consumer.assignment()).toHaveLength(3))
      await until(() => expect(stays.consumer.assignment()).toHaveLength(3))
      await visits.commit()
      await visits.consumer.close()
      await until(() => expect(stays.consumer.assignment()).toHaveLength(6))
    }
    const appended = await load.stop()
    const seen = (partition: number) => ownerships.filter((owned) => owned.partition === partition)
    await until(() => {
      for (const [partition, count] of appended.entries())
        expect(new Set(seen(partition).flatMap(({ offsets }) => offsets)).size).toBe(count)
    })

    // Within an ownership each record comes once, in order, and none is left out: also across the rebalances that it outlives.
    for (const { offsets } of ownerships)
      expect(offsets).toEqual(offsets.map((_, index) => (offsets[0] as number) + index))
    const kept = stays.consumer.assignment().filter(({ partition, epoch }) => before[partition]?.epoch === epoch)
    expect(kept).toHaveLength(3)
    expect(stays.changes()).toEqual({ assigned: 51, lost: 50 }) // the first join, and a hundred rebalances
    expect(logger.texts('error')).toEqual([])
  })
})

type Sample = AwayTold & { readonly what: 'sample' }
type Recovered = AwayTold & { readonly what: 'recovered' }
/** Outcomes and codes of what is asked while nobody answers. */
const refusals: readonly string[] = ['failed', 'unknown', 'BROKER_UNREACHABLE', 'BROKER_NO_ANSWER']

/** What a member was handed of one partition, from the join that gave it to the one that took it. */
interface Ownership {
  readonly partition: number
  readonly offsets: number[]
}

interface Member {
  readonly consumer: BrokerConsumer
  start(): Promise<void>
  /** Commits what it was handed but for the last records. */
  commit(): Promise<void>
  /** How often partitions came and went. */
  changes(): { readonly assigned: number; readonly lost: number }
}

function createMember(
  broker: Broker,
  {
    topic,
    groupId,
    ownerships,
  }: { readonly topic: string; readonly groupId: string; readonly ownerships: Ownership[] },
): Member {
  const consumer = broker.createConsumer({ groupId, topics: [topic], sessionTimeoutMs: 2_400 })
  const current = new Map<number, Ownership & { readonly epoch: number }>()
  const positions = new Map<number, CommitPosition>()
  const changes = { assigned: 0, lost: 0 }

  /** Less than it was handed: whoever goes on at the commit, where it owned the partition all along, repeats something. */
  async function commit(): Promise<void> {
    const behind = [...positions.values()].map((position) => ({ ...position, offset: lagging(position.offset) }))
    await consumer.commit(behind)
  }

  return {
    consumer,
    commit,
    changes: () => changes,
    start: () =>
      consumer.start({
        assigned() {
          changes.assigned += 1
        },
        revoking: commit,
        lost(partitions) {
          changes.lost += 1
          for (const { partition } of partitions) positions.delete(partition)
        },
        async deliver({ partition, epoch, records, nextOffset: offset }) {
          let owned = current.get(partition)
          if (owned?.epoch !== epoch) {
            owned = { partition, epoch, offsets: [] }
            current.set(partition, owned)
            ownerships.push(owned)
          }
          owned.offsets.push(...records.map((record) => Number(record.offset)))
          positions.set(partition, { topic, partition, epoch, offset })
        },
      }),
  }
}

function lagging(offset: NextOffset): NextOffset {
  return (offset > 30n ? offset - 30n : 0n) as NextOffset
}

/** Appends to all partitions, batch by batch, until it is told to stop; then tells how many records each has. */
function startLoad(broker: Broker, topic: string, partitions: number): { stop(): Promise<readonly number[]> } {
  const producer = broker.createProducer()
  const counts = Array.from({ length: partitions }, () => 0)
  let isOver = false
  const work = (async () => {
    await producer.start()
    while (!isOver) {
      await Promise.all(
        counts.map(async (_, partition) => {
          const outcome = await producer.append(topic, partition, [aRecord(), aRecord(), aRecord()])
          if (outcome.kind === 'ok') counts[partition] = (counts[partition] ?? 0) + 3
        }),
      )
      await sleep(20)
    }
    await producer.close()
  })()
  return {
    async stop() {
      isOver = true
      await work
      return counts
    },
  }
}
