import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Broker, Clock, ProducerRecord } from '@ledgerbus/core'
import { createSeededRandom, createSequentialIds } from '@ledgerbus/testkit'
import { startFaultProxy } from '@ledgerbus/testkit/proxy'
import { createGroupProgress } from '../../cluster/group-progress.ts'
import { createLedger } from '../../ledger/create-ledger.ts'
import type { LedgerEvent } from '../../ledger/ledger-event.ts'
import { readLines } from '../../ledger/read-lines.ts'
import { createMembers, type Members } from '../../members/create-members.ts'
import { recordDigest } from '../../witness/record-digest.ts'
import { checkLog, type LogReport } from '../checker/check-log.ts'
import { createLogHistory } from '../checker/log-history.ts'
import { hostilityOf, makeRecord } from '../hostile-records.ts'
import type { SinkOptions } from '../sink-options.ts'
import { witnessLog } from '../witness-log.ts'
import { type CrashChain, type CrashPoint, crashPointText } from './crash-point.ts'

export interface ChainOptions {
  readonly chain: CrashChain
  readonly broker: Broker
  readonly brokers: readonly string[]
  /** ClickHouse, past any proxy. */
  readonly clickhouse: { readonly url: string; readonly tablePrefix: string }
  /** Published before each crash. */
  readonly recordsPerPoint: number
  readonly seed: number
  readonly folder: string
  readonly progress: (line: string) => void
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface ChainReport {
  readonly report: LogReport
  /** How many points were reached. */
  readonly reached: number
  readonly problems: readonly string[]
}

const partitions = 3
/** Small, so that a point has a first, a second and a third time in every partition. */
const maxRows = 30
/** So many of a hundred records bear a Kafka time that sets them aside: without them a range has no step of quarantine. */
const setAsidePercent = 15
const sessionTimeoutMs = 1_500
const pointMs = 45_000
const answerMs = 5_000
const recoveryMs = 60_000

/** One topic, and one sink after the other: each is killed at its point, and the last one finishes. Then the log is checked. */
export async function runChain(options: ChainOptions): Promise<ChainReport> {
  const { chain, broker, brokers, clickhouse, seed, folder, progress, clock, signal } = options
  const topic = `crash-${chain.name}`
  const groupId = topic
  await using ends = new AsyncDisposableStack()
  const proxy = await startFaultProxy({ host: '127.0.0.1', port: Number(new URL(clickhouse.url).port) })
  ends.defer(() => proxy.close())
  const file = join(folder, `${topic}.run.jsonl`)
  const ledger = createLedger(file, 'run')
  ends.defer(() => ledger.close())
  const admin = broker.createAdmin()
  await admin.start({ signal })
  const settings = { 'message.timestamp.after.max.ms': '9223372036854775807', 'retention.ms': '-1' }
  await admin.createTopics([{ name: topic, partitions, settings }])
  await admin.close()
  const producer = broker.createProducer()
  await producer.start({ signal })
  ends.defer(() => producer.close())

  let crashAt: CrashPoint | undefined
  const sinks = createMembers({
    program: fileURLToPath(new URL('../sink-program.ts', import.meta.url)),
    prefix: `${chain.name}-`,
    optionsOf: (sink): SinkOptions => ({
      ...sink,
      brokers,
      clickhouseUrl: `http://${proxy.host}:${proxy.port}`,
      tablePrefix: clickhouse.tablePrefix,
      topic,
      groupId,
      sessionTimeoutMs,
      requestTimeoutMs: 10_000,
      maxRows,
      ...(crashAt !== undefined && { crashAt }),
    }),
    folder,
    ledger,
  })
  ends.defer(() => sinks.killAll())

  const random = createSeededRandom(seed)
  const ids = createSequentialIds()
  let numbers = 0
  let appends = 0

  function newRecord(): ProducerRecord {
    numbers += 1
    const key = `k${numbers % 50}`
    const hostility = random.next() * 100 < setAsidePercent ? 'odd Kafka time' : hostilityOf(random.next())
    return makeRecord({ number: numbers, key, random, ids, hostility, nowMs: clock.nowMs() })
  }

  async function publish(): Promise<void> {
    for (let partition = 0; partition < partitions; partition += 1) {
      const records = Array.from({ length: Math.ceil(options.recordsPerPoint / partitions) }, newRecord)
      appends += 1
      const digests = records.map((record) => recordDigest(record))
      const digestsInOrder = records.map((record) => recordDigest(record, { headers: 'in-order' }))
      ledger.add({ kind: 'append', id: appends, partition, digests, digestsInOrder })
      const outcome = await producer.append(topic, partition, records, { signal })
      if (outcome.kind !== 'ok') throw outcome.error
      ledger.add({ kind: 'appended', id: appends, outcome: 'ok', base: Number(outcome.baseOffset) })
    }
  }

  /** Whether a sink got to its point and is no more. */
  async function crash(point: CrashPoint): Promise<boolean> {
    crashAt = point
    sinks.start(0)
    if (point.phase !== 'unanswered') return sinks.endsByItself(0, pointMs)
    const standing = await sinks.waits(0, pointMs)
    if (standing === undefined) return false
    proxy.swallowAnswers()
    standing.goOn()
    const isStored = await untilStored(topic, standing.at, clickhouse, clock)
    await sinks.kill(0)
    proxy.mend()
    return isStored
  }

  const problems: string[] = []
  let reached = 0
  for (const point of chain.points) {
    signal.throwIfAborted()
    await publish()
    if (await crash(point)) reached += 1
    else {
      problems.push(`${crashPointText(point)} was not reached`)
      await sinks.kill(0)
    }
    progress(`${crashPointText(point)}: ${reached === chain.points.indexOf(point) + 1 ? 'killed' : 'see problems'}`)
  }
  const report = await finish(sinks)
  return { report, reached, problems }

  async function finish(members: Members): Promise<LogReport> {
    crashAt = undefined
    await publish()
    members.start(0)
    const group = createGroupProgress({ broker, topic, groupId, clock, signal })
    await group.untilCommitted(recoveryMs)
    signal.throwIfAborted()
    await members.close(0)
    const history = createLogHistory()
    for (const each of [...members.files, file])
      for await (const event of readLines<LedgerEvent>(each)) history.event(event)
    const standing = await witnessLog({ ...clickhouse, topic, brokers, folder, ends: await group.ends(), signal })
    return checkLog(history.build(standing))
  }
}

/** Whether a range stands, soon: asked past the proxy that swallows answers. */
async function untilStored(
  topic: string,
  { partition, first, next }: { readonly partition: number; readonly first: number; readonly next: number },
  { url, tablePrefix }: ChainOptions['clickhouse'],
  clock: Clock,
): Promise<boolean> {
  const query = `SELECT count() FROM ${tablePrefix}_entries WHERE kafka_topic = '${topic}' AND kafka_partition = ${partition}
    AND kafka_offset >= ${first} AND kafka_offset < ${next}`
  const deadlineMs = clock.monotonicMs() + answerMs
  while (clock.monotonicMs() < deadlineMs) {
    const answer = await fetch(url, { method: 'POST', body: query })
    if (Number(await answer.text()) > 0) return true
    await clock.sleep(20)
  }
  return false
}
