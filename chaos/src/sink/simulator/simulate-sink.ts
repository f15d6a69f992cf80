import { createHash } from 'node:crypto'
import { type ConsumerRecord, type ProducerRecord, silentLogger } from '@ledgerbus/core'
import { createFakeClock, createInMemoryBroker, createSeededRandom } from '@ledgerbus/testkit'
import { createSimulatedLedger } from '../../simulator/simulated-ledger.ts'
import { recordDigest } from '../../witness/record-digest.ts'
import { checkLog, type LogReport } from '../checker/check-log.ts'
import { createLogHistory, type ReadEntry, type TableRow } from '../checker/log-history.ts'
import { drawSinkFault, type SimulatedSinkFault } from './draw-sink-fault.ts'
import { createSimulatedLog, refusedKey, setAsideKey } from './simulated-log.ts'
import { createSimulatedSink, type SimulatedSink } from './simulated-sink.ts'
import { createRepairs } from '../../simulator/repairs.ts'
import { settledWithin } from '../../simulator/settled-within.ts'

export interface SinkSimulationOptions {
  /** Decides everything: data, faults and their moments. The same seed gives the same history. */
  readonly seed: number
  readonly events: number
  readonly faults: number
}

export interface SinkSimulationOutcome {
  readonly report: LogReport
  /** The first findings, and copies: where nothing is forgotten, the protocol leaves none. */
  readonly findings: readonly { readonly kind: string; readonly text: string }[]
  readonly faults: readonly SimulatedSinkFault[]
}

const topic = 'numbers'
const groupId = 'simulated-sinks'
const partitions = 3
const sessionMs = 2_000
const monthMs = 31 * 86_400_000

/**
 * A group of the real sink on the in-memory broker and a model of ClickHouse, in simulated time: sinks are killed, closed, frozen out and replaced, commits and inserts
 * fail, hang, end unknown, are applied late or in part, Kafka and the log go away. Then everything becomes calm, and the log is checked as after a run on real servers.
 */
export async function simulateSink({
  seed,
  events,
  faults: count,
}: SinkSimulationOptions): Promise<SinkSimulationOutcome> {
  const random = createSeededRandom(seed)
  const clock = createFakeClock()
  const broker = createInMemoryBroker({
    clock,
    logger: silentLogger,
    maxRecordsPerBatch: 1 + Math.floor(random.next() * 12),
  })
  const log = createSimulatedLog(clock, random)
  const history = createLogHistory()
  const ledger = createSimulatedLedger(clock, (event) => history.event(event))
  const setup = {
    maxRows: 2 + Math.floor(random.next() * 20),
    maxAgeMs: 10 + Math.floor(random.next() * 100),
    idleAgeMs: 20 + Math.floor(random.next() * 300),
    maxInserts: 1 + Math.floor(random.next() * 4),
  }
  const sinks: SimulatedSink[] = []
  const repairs = createRepairs(clock)
  const faults: SimulatedSinkFault[] = []
  let names = 0

  const settled = <Result>(work: Promise<Result>, mostMs: number): Promise<Result> =>
    settledWithin(work, mostMs, { clock, seed })

  /** It may have to wait for servers that are away: others go on meanwhile. */
  async function join(): Promise<void> {
    names += 1
    const sink = createSimulatedSink({ name: `s${names}`, broker, log, ledger, clock, seed, topic, groupId, setup })
    sinks.push(sink)
    // One that is killed or closed before it has joined never resolves, or is told so.
    sink.start().catch(() => undefined)
    await clock.advance(100)
  }

  async function leave(sink: SimulatedSink, drainMs: number): Promise<void> {
    sinks.splice(sinks.indexOf(sink), 1)
    await settled(sink.close(drainMs), drainMs + 20_000)
  }

  async function commit(fault: SimulatedSinkFault): Promise<void> {
    const { controls } = broker
    const victim = sinks[Math.floor(fault.at * sinks.length)]
    switch (fault.kind) {
      case 'kill':
        if (victim === undefined) return
        sinks.splice(sinks.indexOf(victim), 1)
        victim.kill()
        repairs.later(sessionMs, () => victim.bury())
        return
      case 'restart':
        if (victim !== undefined) await leave(victim, fault.ms)
        return join()
      case 'join':
        if (sinks.length < 4) await join()
        return
      case 'freeze':
        // The sink lives on and does not know that its partitions are others'.
        return repairs.later(fault.ms, controls.takeAway(groupId, { silently: true }))
      case 'lose':
        return repairs.later(fault.ms, controls.takeAway(groupId))
      case 'rebalance':
        await settled(controls.rebalance(groupId, { announce: fault.at < 0.7 }), 120_000)
        return
      case 'commits':
        controls.inject({
          at: 'commit',
          groupId,
          outcome: fault.outcome,
          stored: fault.applied !== 'none',
          until: clock.sleep(fault.ms),
        })
        return
      case 'inserts':
        log.inject({
          outcome: fault.outcome,
          applied: fault.applied,
          appliedAfterMs: fault.laterMs,
          answeredAfterMs: fault.ms,
        })
        return
      case 'log-away':
        log.goDown()
        return repairs.later(fault.ms, () => log.comeBack())
      case 'broker-away':
        controls.goDown()
        return repairs.later(fault.ms, () => controls.comeBack())
    }
  }

  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name: topic, partitions }])
  const producer = broker.createProducer()
  await producer.start()
  let appends = 0

  function newRecord(): ProducerRecord {
    const draw = random.next()
    const key = draw < 0.05 ? setAsideKey : draw < 0.07 ? refusedKey : 'key-'
    const timestampMs = BigInt(clock.nowMs() - (random.next() < 0.15 ? monthMs : 0))
    return { key: Buffer.from(`${key}${appends}`), value: Buffer.from(`value ${appends}`), headers: [], timestampMs }
  }

  /** What producers do is not under test here: a broker that is away takes it later. */
  async function publish(): Promise<void> {
    appends += 1
    const id = appends
    const record = newRecord()
    const partition = Math.floor(random.next() * partitions)
    const digest = recordDigest(record)
    ledger.add('load', { kind: 'append', id, partition, digests: [digest], digestsInOrder: [digest] })
    const appended = producer.append(topic, partition, [record])
    await clock.advance(0)
    void appended.then((outcome) => {
      const base = outcome.kind === 'ok' && { base: Number(outcome.baseOffset) }
      ledger.add('load', { kind: 'appended', id, outcome: outcome.kind, ...base })
    })
  }

  /** Holes: records of a transaction that is aborted, and the marks of its end. */
  async function abort(): Promise<void> {
    const transactional = broker.createTransactionalProducer({ transactionalId: `t${appends}` })
    await transactional.start()
    const transaction = await transactional.begin()
    await transaction.append(topic, Math.floor(random.next() * partitions), [newRecord()])
    await transaction.abort()
    await transactional.close()
  }

  for (let started = 0; started < 2; started += 1) await join()
  const faultAfter = new Set(Array.from({ length: count }, () => Math.floor(random.next() * events)))
  for (let published = 0; published < events; published += 1) {
    await publish()
    if (repairs.open === 0 && random.next() < 0.05) await abort()
    if (random.next() < 0.4) await clock.advance(Math.floor(random.next() * 60))
    if (!faultAfter.has(published)) continue
    const fault = drawSinkFault(random)
    faults.push(fault)
    await commit(fault)
    if (sinks.length === 0) await join()
  }

  // The quiet end: whatever was broken is mended, and whoever is left finishes.
  await repairs.all()
  if (sinks.length === 0) await join()
  await clock.advance(180_000)
  for (const sink of [...sinks]) await leave(sink, 30_000)

  const committed = new Map((await admin.groupOffsets(groupId)).map((each) => [each.partition, Number(each.offset)]))
  const ends = (await admin.topicOffsets(topic)).map(({ partition, end }) => {
    const offset = committed.get(partition)
    return { topic, partition, end: Number(end), ...(offset !== undefined && { committed: offset }) }
  })
  const final = new Map(log.rows.map((row) => [`${row.partition}@${row.offset}@${row.timestampMs}`, row]))
  const report = checkLog(
    history.build({
      ends,
      stored: broker.controls.records(topic).map((record) => {
        return { ...toEntry(record), topic, key: '', event: '', bare: '', isTombstone: record.value === null }
      }),
      entries: [...final.values()].map(toEntry),
      finalRows: [...final.values()].map(toRow),
      physicalRows: log.rows.map(toRow),
    }),
  )
  const { copies } = report.counts
  const copied = copies === 0 ? [] : [{ kind: 'copies', text: `${copies} records were stored again` }]
  return { report, findings: [...report.examples, ...copied], faults }
}

function toRow({ partition, offset, timestampMs, value }: ConsumerRecord): TableRow {
  const hash = createHash('sha256')
    .update(value ?? '')
    .digest('hex')
  return { partition, offset: Number(offset), timestampMs: String(timestampMs), hash, isTombstone: value === null }
}

function toEntry(record: ConsumerRecord): ReadEntry {
  const { partition, offset, timestampMs, hash } = toRow(record)
  const digest = recordDigest(record)
  return { partition, offset, timestampMs, hash, digest, digestInOrder: digest }
}
