import { type ConsumerRecord, headerText, isLedgerbusError, type NextOffset, silentLogger } from '@ledgerbus/core'
import { createReplay, type Replay, type ReplayPlan, type ReplayRequest } from '@ledgerbus/replay'
import {
  createFakeClock,
  createInMemoryAuditLog,
  createInMemoryBroker,
  createSeededRandom,
  createSequentialIds,
} from '@ledgerbus/testkit'
import { createRepairs } from '../../simulator/repairs.ts'
import { settledWithin } from '../../simulator/settled-within.ts'
import { createSimulatedLedger } from '../../simulator/simulated-ledger.ts'
import { bareDigest, recordDigest } from '../../witness/record-digest.ts'
import type { WitnessedMarks, WitnessedRecord } from '../../witness/witnessed-record.ts'
import { checkReplays, type ReplaysReport } from '../checker/check-replays.ts'
import type { CheckedReplay, LogStanding, LoggedReplay } from '../checker/replay-history.ts'
import { createRunnerLives } from '../checker/runner-lives.ts'
import { fateOfOffset, someTransform, transformName } from '../some-transform.ts'
import { drawReplayFault, type SimulatedReplayFault } from './draw-replay-fault.ts'
import { type SimulatedRunner, startSimulatedRunner } from './simulated-runner.ts'

export interface ReplaySimulationOptions {
  /** Decides everything: data, faults and their moments. The same seed gives the same history. */
  readonly seed: number
  readonly events: number
  readonly faults: number
}

export interface ReplaySimulationOutcome {
  readonly report: ReplaysReport
  readonly faults: readonly SimulatedReplayFault[]
}

const origin = { name: 'things', partitions: 3 }
const copy = { name: 'copies', partitions: 2 }
const topics = [origin, copy]
const allTimes = { fromMs: 0, toMs: 253_402_300_800_000, timeField: 'kafka' } as const
const groups = ['billing']
const forThem = { groups, by: 'chaos' }
const longestFaultMs = 40_000

/** By key back to where entries came from, and by time to a topic of fewer partitions. */
const requests: readonly { readonly name: string; readonly mode: string; readonly request: ReplayRequest }[] = [
  { name: 'own', mode: 'rehandle', request: { ...allTimes, ...forThem, topics: [origin.name], reason: 'again' } },
  {
    name: 'by-time',
    mode: 'copy',
    request: {
      ...{ ...allTimes, ...forThem, topics: [origin.name], reason: 'elsewhere', target: copy.name },
      ...{ order: 'time', transform: transformName },
    },
  },
]

/** A replay of the simulation, and those who run it. */
interface Staffed {
  readonly plan: ReplayPlan
  readonly crew: SimulatedRunner[]
  isOver: boolean
  /** How often somebody did what may end a pause: started a runner, paused or resumed. */
  changes: number
}

/**
 * The real engine of replays on the in-memory broker and log, in simulated time: runners are killed, stand still, are replaced, raced, interrupted and paused; commits and
 * appends fail or end unknown, stored or not; Kafka and the log go away. Then everything becomes calm, and what stands is checked as after a run on real servers.
 */
export async function simulateReplay({
  seed,
  events,
  faults: count,
}: ReplaySimulationOptions): Promise<ReplaySimulationOutcome> {
  const random = createSeededRandom(seed)
  const draw = (below: number): number => Math.floor(random.next() * below)
  const clock = createFakeClock()
  const broker = createInMemoryBroker({ clock, logger: silentLogger })
  const auditLog = createInMemoryAuditLog({ clock })
  const lives = createRunnerLives()
  const ledger = createSimulatedLedger(clock, (event) => lives.event(event))
  const repairs = createRepairs(clock)
  const transforms = { [transformName]: someTransform }
  const control: Replay = createReplay({
    ...{ broker, auditLog, transforms, clock, random, ids: createSequentialIds(), logger: silentLogger },
  })
  const settled = <Result>(work: Promise<Result>): Promise<Result> => settledWithin(work, 300_000, { clock, seed })
  const stored = new Map<string, bigint>()
  let names = 0

  /** What the sink does: everything that stands in Kafka and not yet in the log. */
  async function store(): Promise<void> {
    for (const { name, partitions } of topics) {
      for (let partition = 0; partition < partitions; partition += 1) {
        const place = `${name}/${partition}`
        const from = stored.get(place) ?? 0n
        const fresh = broker.controls.records(name, { partition }).filter(({ offset }) => offset >= from)
        const [first] = fresh
        const last = fresh.at(-1)
        if (first === undefined || last === undefined) continue
        const next = (last.offset + 1n) as NextOffset
        stored.set(place, next)
        const block = auditLog.createBlock(first)
        for (const record of fresh) block.add(record)
        await auditLog.insert({ first: first.offset, next, block })
      }
    }
  }

  async function publish(): Promise<void> {
    const producer = broker.createProducer()
    await producer.start()
    for (let number = 0; number < events; number += 1) {
      const key = draw(7)
      const record = {
        key: random.next() < 0.1 ? null : Buffer.from(`k${key}`),
        value: random.next() < 0.1 ? null : Buffer.from(`value ${number}`),
        headers: [{ name: 'number', value: Buffer.from(String(number)) }],
        // Clocks of producers disagree.
        timestampMs: BigInt(1_000_000_000 + number * 10 - draw(3) * 500),
      }
      await producer.append(origin.name, key % origin.partitions, [record])
      // A hole now and then.
      if (random.next() < 0.05) await leaveHole(key % origin.partitions)
    }
    await producer.close()
  }

  async function leaveHole(partition: number): Promise<void> {
    const transactional = broker.createTransactionalProducer({ transactionalId: 'holes' })
    await transactional.start()
    const transaction = await transactional.begin()
    await transaction.append(origin.name, partition, [{ key: null, value: null, headers: [], timestampMs: 0n }])
    await transaction.abort()
    await transactional.close()
  }

  async function countFacts(): Promise<LogStanding['factsBefore']> {
    const { byTopic } = await auditLog.summarize({})
    return Object.fromEntries(byTopic.map(({ topic, entries }) => [topic, entries]))
  }

  function start(staffed: Staffed): void {
    const { plan, crew } = staffed
    staffed.changes += 1
    names += 1
    crew.push(
      startSimulatedRunner({
        ...{ name: `r${names}`, replayId: plan.replayId, broker, auditLog, ledger, clock, seed: seed + names },
        maxInFlight: 1 + draw(12),
        ratePerSecond: 5 + draw(40),
      }),
    )
  }

  /** As a supervisor does; runners that are gone are forgotten. */
  function look(staffed: Staffed): void {
    staffed.isOver ||= staffed.crew.some(({ saysOver }) => saysOver)
    const alive = staffed.crew.filter(({ isGone }) => !isGone)
    staffed.crew.splice(0, staffed.crew.length, ...alive)
    if (alive.length === 0 && !staffed.isOver) start(staffed)
  }

  /** Another process pauses and resumes; what it asks for in a state that has none of it, or of a Kafka that is away, does not count. */
  async function pause(staffed: Staffed, ms: number): Promise<void> {
    const { replayId } = staffed.plan
    const by = { by: 'somebody' }
    try {
      staffed.changes += 1
      const { published } = await control.pause(replayId, by)
      staffed.changes += 1
      // One that is only about to take the replay over will, and goes on with it: so does whoever runs a paused replay.
      const isHeeded = staffed.crew.every(({ isGone, isAtWork }) => isGone || isAtWork)
      const before = staffed.changes
      await clock.sleep(ms)
      const later = await control.status(replayId)
      if (isHeeded && staffed.changes === before) {
        ledger.add('run', { kind: 'paused', replayId, publishedAtFirst: published, publishedAtLast: later.published })
      }
      staffed.changes += 1
      await control.resume(replayId, by)
    } catch (error) {
      if (!isLedgerbusError(error)) throw error
    }
  }

  /** What nobody meets in time never happens. */
  function forAWhile(takeBack: () => void): void {
    repairs.later(longestFaultMs, takeBack)
  }

  function commit(fault: SimulatedReplayFault, staffed: readonly Staffed[]): void {
    const { controls } = broker
    const { ms, outcome, isStored, after } = fault
    const hit = staffed[Math.floor(fault.at * staffed.length)]
    const victim = hit?.crew.find(({ isGone }) => !isGone)
    if (hit === undefined) return
    switch (fault.kind) {
      case 'kill':
        victim?.kill()
        return
      case 'freeze':
      case 'zombie':
        victim?.freeze()
        if (fault.kind === 'zombie' && !hit.isOver) start(hit)
        return repairs.later(ms, () => victim?.thaw())
      case 'rival':
        if (!hit.isOver) start(hit)
        return
      case 'interrupt':
        victim?.interrupt()
        return
      case 'pause':
        void pause(hit, ms)
        return
      case 'commits':
        if (after > 0) forAWhile(controls.inject({ at: 'transaction-commit', outcome: 'ok', times: after }))
        forAWhile(controls.inject({ at: 'transaction-commit', outcome, stored: isStored }))
        return
      case 'appends':
        forAWhile(controls.inject({ at: 'append', outcome, stored: isStored, times: 1 + after }))
        return
      case 'reads':
        forAWhile(auditLog.controls.inject({ at: 'read', outcome: 'failed', times: 1 + after }))
        return
      case 'log-away':
        auditLog.controls.goDown()
        return repairs.later(ms, () => auditLog.controls.comeBack())
      case 'broker-away':
        controls.goDown()
        return repairs.later(ms, () => controls.comeBack())
    }
  }

  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics(topics)
  await publish()
  await store()
  const factsBefore = await countFacts()
  const staffed: Staffed[] = []
  for (const { request } of requests) {
    staffed.push({ plan: await settled(control.plan(request)), crew: [], isOver: false, changes: 0 })
  }
  const faults: SimulatedReplayFault[] = []
  for (let fault = 0; fault < count; fault += 1) {
    for (const each of staffed) look(each)
    await clock.advance(draw(3_000))
    faults.push(drawReplayFault(random))
    commit(faults.at(-1) as SimulatedReplayFault, staffed)
  }

  // The quiet end: whatever was broken is mended, and whoever is left finishes.
  await repairs.all()
  for (let quietMs = 0; quietMs < 600_000 && staffed.some(({ isOver }) => !isOver); quietMs += 5_000) {
    for (const each of staffed) look(each)
    await clock.advance(5_000)
    for (const each of staffed) each.isOver ||= each.crew.some(({ saysOver }) => saysOver)
  }
  for (const runner of staffed.flatMap(({ crew }) => crew)) runner.kill()
  await clock.advance(30_000)
  await store()

  const report = checkReplays({
    ...lives.build(),
    replays: await Promise.all(staffed.map(({ plan }, index) => settled(standingOf(control, plan, index)))),
    stored: topics.flatMap(({ name }) => broker.controls.records(name).map(toWitnessed)),
    log: {
      ...{ factsBefore, factsAfter: await countFacts() },
      facts: (await Array.fromAsync(auditLog.read({}))).map(({ record }) => toLogged(record)),
      replayed: (await Array.fromAsync(auditLog.read({ replays: 'only' }))).map(({ record }) => toLoggedReplay(record)),
    },
  })
  return { report, faults }
}

async function standingOf(control: Replay, { replayId, summary }: ReplayPlan, index: number): Promise<CheckedReplay> {
  const asked = requests[index]
  if (asked === undefined) throw new Error(`unreachable: nobody asked for replay ${index}`)
  const { name, mode, request } = asked
  const { reason, order = 'key', target } = request
  const { state, published, failed, leftOut } = await control.status(replayId)
  const errors = await Array.fromAsync(control.errors(replayId))
  return {
    ...{ name, replayId, order, mode, groups, reason },
    ...(target !== undefined && { target }),
    fateOf({ topic, marks, offset }) {
      if (topic !== origin.name || marks !== undefined) return 'unselected'
      return request.transform === undefined ? 'published' : fateOfOffset(offset)
    },
    planned: summary.entries,
    status: { state, published, failed, leftOut },
    errors: errors.map(({ topic, partition, offset }) => ({ topic, partition, offset: Number(offset) })),
    trail: await control.history({ replayId }),
  }
}

function marksOf({ headers }: ConsumerRecord): WitnessedMarks | undefined {
  const text = (name: string): string => headerText(headers, `lb-replay-${name}`) ?? ''
  if (text('id') === '') return undefined
  const [topic = '', partition, offset] = text('of').split('/')
  return {
    ...{ replayId: text('id'), sequence: Number(text('seq')), mode: text('mode'), groups: text('groups') },
    ...{ reason: text('reason'), originalTimestampMs: text('original-time') },
    of: { topic, partition: Number(partition), offset: Number(offset) },
  }
}

function toWitnessed(record: ConsumerRecord): WitnessedRecord {
  const { topic, partition, offset, key, value, timestampMs } = record
  const marks = marksOf(record)
  return {
    ...{ topic, partition, offset: Number(offset), event: '', hash: '', isTombstone: value === null },
    key: key === null ? '' : Buffer.from(key).toString(),
    timestampMs: String(timestampMs),
    digest: recordDigest(record),
    bare: bareDigest(record),
    ...(marks !== undefined && { marks }),
  }
}

function toLogged(record: ConsumerRecord) {
  const { topic, partition, offset } = record
  return { topic, partition, offset: Number(offset), bareInOrder: bareDigest(record, { headers: 'in-order' }) }
}

function toLoggedReplay(record: ConsumerRecord): LoggedReplay {
  const marks = marksOf(record)
  if (marks === undefined) throw new Error('unreachable: the log calls a record a replay that bears no marks')
  return { ...toLogged(record), replayId: marks.replayId, of: marks.of }
}
