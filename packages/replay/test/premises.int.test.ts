import { randomBytes } from 'node:crypto'
import {
  type Broker,
  type BrokerAdmin,
  type BrokerReader,
  type NextOffset,
  type Outcome,
  silentLogger,
  systemClock,
} from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { aRecord, createInMemoryAuditLog, createSequentialIds, eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkPremises } from '../src/plan/check-premises.ts'
import { checkStrangers } from '../src/plan/check-strangers.ts'
import { planReplay } from '../src/plan/plan-replay.ts'
import type { ReplayPlan } from '../src/plan/replay-plan.ts'
import { createLogSource } from '../src/source/log-source.ts'

const run = randomBytes(4).toString('hex')
const timeMs = BigInt(Date.now())

let broker: Broker
let admin: BrokerAdmin
let reader: BrokerReader

beforeAll(async () => {
  const { kafkaBrokers } = stackAddresses()
  broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: 'premises-it', logger: silentLogger })
  admin = broker.createAdmin()
  reader = broker.createReader()
  await admin.start()
  await reader.start()
})

afterAll(async () => {
  await reader.close()
  await admin.close()
})

function mustBeOk(outcome: Outcome): void {
  if (outcome.kind !== 'ok') throw outcome.error
}

async function aTopic(name: string, settings: Readonly<Record<string, string>> = {}): Promise<string> {
  const topic = `premises-it-${run}-${name}`
  await admin.createTopics([{ name: topic, partitions: 2, settings }])
  return topic
}

/** One record in a transaction: behind it stands a marker, so that the last offset holds no record. */
async function commitOne(topic: string, timestampMs: bigint, end: 'commit' | 'abort' = 'commit'): Promise<void> {
  const producer = broker.createTransactionalProducer({ transactionalId: `${topic}-t` })
  await producer.start()
  const transaction = await producer.begin()
  mustBeOk(await transaction.append(topic, 0, [aRecord({ timestampMs })]))
  mustBeOk(await transaction[end]())
  await producer.close()
}

/** A plan that publishes to a topic. Nothing is selected: only the target is looked at. */
function planInto(target: string): Promise<ReplayPlan> {
  const source = createLogSource(createInMemoryAuditLog())
  return planReplay(
    { fromMs: 0, toMs: 1, groups: ['billing'], reason: 'an integration test', target },
    { broker, source, clock: systemClock, ids: createSequentialIds() },
  )
}

async function deleted(topic: string): Promise<void> {
  await admin.deleteTopics([topic])
  await eventually(async () => expect(await admin.describeTopics([topic])).toEqual([]))
}

describe('premises of a plan on Kafka', () => {
  it('are witnessed by the last committed record, behind markers and what was aborted', async () => {
    const topic = await aTopic('witness')
    await commitOne(topic, timeMs)
    await commitOne(topic, timeMs + 1n, 'abort')
    const plan = await planInto(topic)
    expect(plan.topics).toEqual([
      { name: topic, partitions: 2, witness: { partition: 0, offset: 0n, timestampMs: timeMs } },
    ])
    expect(await checkPremises(plan, admin, reader)).toEqual([])
  })

  it('are witnessed within a short time also while a transaction is open', async () => {
    const topic = await aTopic('open')
    await commitOne(topic, timeMs)
    const producer = broker.createTransactionalProducer({ transactionalId: `${topic}-open` })
    await producer.start()
    const transaction = await producer.begin()
    mustBeOk(await transaction.append(topic, 0, [aRecord({ timestampMs: timeMs + 1n })]))
    const startedAtMs = systemClock.monotonicMs()
    const plan = await planInto(topic)
    expect(plan.topics[0]?.witness).toEqual({ partition: 0, offset: 0n, timestampMs: timeMs })
    expect(systemClock.monotonicMs() - startedAtMs).toBeLessThan(10_000)
    expect(await checkPremises(plan, admin, reader)).toEqual([])
    await transaction.abort()
    await producer.close()
  })

  it('have changed when the topic was deleted, and when it was made anew and is as long as before', async () => {
    const topic = await aTopic('anew')
    await commitOne(topic, timeMs)
    const plan = await planInto(topic)
    await deleted(topic)
    await expect(checkPremises(plan, admin, reader)).rejects.toThrow(`${topic}: it does not exist any more`)

    await aTopic('anew')
    await expect(checkPremises(plan, admin, reader)).rejects.toThrow(`${topic}: partition 0 ends at 0`)

    await commitOne(topic, timeMs + 5n)
    await expect(checkPremises(plan, admin, reader)).rejects.toMatchObject({
      code: 'REPLAY_PREMISES_CHANGED',
      message: expect.stringContaining(`${topic}: partition 0 has another record at offset 0`) as unknown,
    })
  })
})

describe('groups on Kafka when a run begins', () => {
  it('are seen that joined since the plan, by a commit or as members that have committed nothing', async () => {
    const topic = await aTopic('groups')
    const planned = await planInto(topic)
    // As if it published one: an empty plan shows its records to nobody.
    const plan: ReplayPlan = { ...planned, summary: { ...planned.summary, entries: 1 } }
    await expect(checkStrangers(plan, admin, { confirmed: undefined })).resolves.toBeUndefined()

    const committed = `${topic}-committed`
    await admin.setGroupOffsets(committed, [{ topic, partition: 1, offset: 0n as NextOffset }])
    await expect(checkStrangers(plan, admin, { confirmed: undefined })).rejects.toMatchObject({
      code: 'REPLAY_NOT_CONFIRMED',
      message: expect.stringContaining(`group ${committed} reads ${topic} and did not`) as unknown,
    })
    await expect(
      checkStrangers(plan, admin, { confirmed: undefined, sinkGroups: [committed] }),
    ).resolves.toBeUndefined()

    const joined = `${topic}-joined`
    const consumer = broker.createConsumer({ groupId: joined, topics: [topic] })
    await consumer.start({ deliver: async () => undefined })
    try {
      await eventually(async () =>
        expect(checkStrangers(plan, admin, { confirmed: undefined, sinkGroups: [committed] })).rejects.toMatchObject({
          code: 'REPLAY_NOT_CONFIRMED',
          message: expect.stringContaining(joined) as unknown,
        }),
      )
    } finally {
      await consumer.close()
    }
  })
})
