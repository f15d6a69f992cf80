import {
  createEnvelope,
  encodeEnvelope,
  eventHeaders,
  headerText,
  silentLogger,
  type ConsumerRecord,
} from '@ledgerbus/core'
import {
  createFakeClock,
  createInMemoryBroker,
  createSeededRandom,
  createSequentialIds,
  type FakeClock,
  type InMemoryBroker,
} from '@ledgerbus/testkit'
import { checkHistory, type CheckReport } from '../checker/check-history.ts'
import { createHistory } from '../checker/history.ts'
import type { StoredRecord } from '../checker/stored-record.ts'
import { hashOf } from '../consumer/observe-broker.ts'
import { drawFault, type SimulatedFault } from './draw-fault.ts'
import { createSimulatedLedger } from './simulated-ledger.ts'
import { createSimulatedMember, type SimulatedMember } from './simulated-member.ts'
import { groupId, NumberDrawn, partitions } from './simulated-event.ts'
import { createRepairs } from './repairs.ts'
import { settledWithin } from './settled-within.ts'

export interface SimulationOptions {
  /** Decides everything: data, handlers, faults and their moments. The same seed gives the same history. */
  readonly seed: number
  readonly events: number
  readonly faults: number
}

export interface SimulationOutcome {
  readonly report: CheckReport
  /** The faults, in their order. */
  readonly faults: readonly SimulatedFault[]
}

const topic = NumberDrawn.topic.name
const keys = 12
const sessionMs = 2_000

/**
 * A group of the real consumer on the in-memory broker, in simulated time: members are killed, closed, frozen out and replaced, commits and dead letters fail, hang or end
 * unknown, the broker goes away. Then everything becomes calm, and the history is checked as that of a run on real servers.
 */
export async function simulateConsumer({
  seed,
  events,
  faults: faultCount,
}: SimulationOptions): Promise<SimulationOutcome> {
  const random = createSeededRandom(seed)
  const clock = createFakeClock()
  const broker = createInMemoryBroker({
    clock,
    logger: silentLogger,
    maxRecordsPerBatch: 1 + Math.floor(random.next() * 12),
  })
  const history = createHistory()
  const ledger = createSimulatedLedger(clock, (event) => history.event(event))
  const setup = {
    concurrency: 1 + Math.floor(random.next() * 8),
    maxBufferedRecords: 4 + Math.floor(random.next() * 40),
    commitIntervalMs: 20 + Math.floor(random.next() * 500),
  }
  const members: SimulatedMember[] = []
  const repairs = createRepairs(clock)
  const faults: SimulatedFault[] = []
  let names = 0

  const settled = <Result>(work: Promise<Result>, mostMs: number): Promise<Result> =>
    settledWithin(work, mostMs, { clock, seed })

  async function join(): Promise<void> {
    names += 1
    const member = createSimulatedMember({ name: `member-${names}`, broker, ledger, clock, seed, setup })
    members.push(member)
    await settled(member.start(), 120_000)
  }

  async function leave(member: SimulatedMember, drainMs: number): Promise<void> {
    members.splice(members.indexOf(member), 1)
    await settled(member.close(drainMs), drainMs + 10_000)
  }

  async function commit(fault: SimulatedFault): Promise<void> {
    const { controls } = broker
    const victim = members[Math.floor(fault.at * members.length)]
    switch (fault.kind) {
      case 'kill':
        if (victim === undefined) return
        members.splice(members.indexOf(victim), 1)
        victim.kill()
        repairs.later(sessionMs, () => victim.bury())
        return
      case 'restart':
        if (victim !== undefined) await leave(victim, fault.ms)
        return join()
      case 'join':
        if (members.length < 4) await join()
        return
      case 'freeze': {
        // The member lives on and does not know that its partitions are others'.
        const giveBack = controls.takeAway(groupId, { silently: true })
        return repairs.later(fault.ms, giveBack)
      }
      case 'lose':
        return repairs.later(fault.ms, controls.takeAway(groupId))
      case 'rebalance':
        await settled(controls.rebalance(groupId, { announce: fault.at < 0.7 }), 120_000)
        return
      case 'commits':
      case 'dead-letters': {
        const { outcome, isStored: stored, ms } = fault
        const at = fault.kind === 'commits' ? 'commit' : 'append'
        const where = fault.kind === 'commits' ? { groupId } : { topic: `${topic}.${groupId}.dlq` }
        controls.inject({ at, outcome, stored, until: clock.sleep(ms), ...where })
        return
      }
      case 'broker-away':
        controls.goDown()
        return repairs.later(fault.ms, () => controls.comeBack())
    }
  }

  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([NumberDrawn.topic])
  const load = await createLoad(broker, clock, seed)
  for (let count = 0; count < 3; count += 1) await join()

  const faultAfter = new Set(Array.from({ length: faultCount }, () => Math.floor(random.next() * events)))
  for (let published = 0; published < events; published += 1) {
    await load.publish(random.next(), (fact) => ledger.add('load', fact))
    if (random.next() < 0.4) await clock.advance(Math.floor(random.next() * 60))
    if (!faultAfter.has(published)) continue
    const fault = drawFault(random)
    faults.push(fault)
    await commit(fault)
    if (members.length === 0) await join()
  }

  // The quiet end: whatever was broken is mended, and whoever is left finishes.
  await repairs.all()
  if (members.length === 0) await join()
  await clock.advance(120_000)
  for (const member of [...members]) await leave(member, 30_000)

  const offsets = await admin.topicOffsets(topic)
  const committed = new Map(
    (await admin.groupOffsets(groupId)).map((each) => [`${each.topic}/${each.partition}`, each.offset]),
  )
  for (const { partition, end } of offsets) {
    const offset = committed.get(`${topic}/${partition}`)
    history.end({ topic, partition, end: Number(end), ...(offset !== undefined && { committed: Number(offset) }) })
  }
  for (const record of broker.controls.records(topic)) history.stored(toStored(record))
  for (const letter of broker.controls.records(`${topic}.${groupId}.dlq`)) history.deadLetter(toStored(letter))
  return { report: checkHistory(history.build()), faults }
}

/** Publishes straight into the broker: what producers do is not under test here. */
async function createLoad(broker: InMemoryBroker, clock: FakeClock, seed: number) {
  const producer = broker.createProducer()
  await producer.start()
  const ids = createSequentialIds()
  const sequences = new Map<string, number>()
  return {
    async publish(draw: number, add: (fact: Parameters<ReturnType<typeof createSimulatedLedger>['add']>[1]) => void) {
      const number = Math.floor(draw * keys)
      const key = `key-${seed % 97}-${number}`
      const sequence = (sequences.get(key) ?? 0) + 1
      sequences.set(key, sequence)
      const input = { entityId: key, payload: { after: { key, sequence } } }
      const envelope = createEnvelope(NumberDrawn, input, { source: 'simulation', clock, ids })
      const value = encodeEnvelope(envelope)
      const hash = hashOf(value)
      add({ kind: 'publish', event: envelope.eventId, key, sequence })
      const partition = number % partitions
      const record = {
        key: Buffer.from(key),
        value,
        headers: eventHeaders(envelope, {}),
        timestampMs: BigInt(clock.nowMs()),
      }
      const appended = producer.append(topic, partition, [record])
      await clock.advance(0)
      // A broker that is away takes it later; the load does not wait, as a service would not.
      void appended.then((outcome) => {
        const at = outcome.kind === 'ok' && { at: { topic, partition, offset: Number(outcome.baseOffset) } }
        add({ kind: 'published', event: envelope.eventId, outcome: outcome.kind, hash, ...at })
      })
    },
  }
}

function toStored(record: ConsumerRecord): StoredRecord {
  const { partition, offset, key, value, headers } = record
  const originTopic = headerText(headers, 'lb-origin-topic')
  return {
    topic: record.topic,
    partition,
    offset: Number(offset),
    key: Buffer.from(key ?? '').toString(),
    event: headerText(headers, 'ce_id') ?? '',
    hash: hashOf(value),
    ...(originTopic !== undefined && {
      origin: {
        topic: originTopic,
        partition: Number(headerText(headers, 'lb-origin-partition')),
        offset: Number(headerText(headers, 'lb-origin-offset')),
      },
    }),
  }
}
