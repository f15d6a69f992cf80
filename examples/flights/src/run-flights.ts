import { createAuditSink } from '@ledgerbus/audit-sink'
import { createConsumer, type Subscription } from '@ledgerbus/consumer'
import {
  type AuditLog,
  applyTopics,
  type Broker,
  type BrokerAdmin,
  consoleLogger,
  type Logger,
  topicSpecsOf,
} from '@ledgerbus/core'
import { createProducer, type Producer } from '@ledgerbus/producer'
import { askTheLog, findAffectedFlights } from './ask-the-log.ts'
import { createCompensation, rightAmount, wrongAmount } from './compensation.ts'
import { CompensationCorrected, CompensationGranted } from './compensation-events.ts'
import { checkCounts, type FlightsCounts, settledRecords, skippedBy } from './counts.ts'
import { readFlights } from './flight-data.ts'
import { FlightLanded } from './flight-landed.ts'
import { malformedRecords } from './malformed-records.ts'
import { type RunnerProcess, replayFlights } from './replay-flights.ts'
import { reportCounts } from './report.ts'
import { settled } from './settled.ts'
import { createStatistics } from './statistics.ts'
import { withoutExpected } from './without-expected.ts'

const definitions = [FlightLanded, CompensationGranted, CompensationCorrected]
const topics = topicSpecsOf(definitions)
const number = new Intl.NumberFormat('en-US')

/** Where the story runs and where it is told. */
export interface FlightsOptions {
  /** Its topics `flight` and `compensation` do not exist or are empty. */
  readonly broker: Broker
  /** Started, its table migrated and empty. */
  readonly auditLog: AuditLog
  /** Starts a program of its own that runs a replay over both. */
  readonly startRunner: (replayId: string, ratePerSecond: number) => RunnerProcess
  /** A line of the story. */
  readonly say: (line: string) => void
  /** What is going on while the reader waits. */
  readonly progress: (text: string) => void
  readonly logger?: Logger
  readonly signal?: AbortSignal
}

/** Tells one event's whole way on real flights. @throws Error naming every count that does not add up */
export async function runFlights(options: FlightsOptions): Promise<FlightsCounts> {
  const { broker, auditLog, startRunner, say, progress, logger = consoleLogger } = options
  const signal = options.signal ?? new AbortController().signal
  const telling: Telling = { say, progress, signal }
  const started = performance.now()
  const open: { close(): Promise<unknown> }[] = []
  async function begin<Part extends { start(): Promise<void>; close(): Promise<unknown> }>(part: Part): Promise<Part> {
    open.unshift(part)
    await part.start()
    return part
  }
  const quiet = withoutExpected(logger)
  const group = (groupId: string, subscription: Subscription) =>
    // No newer version of these services is on its way: an event of one need not wait for it.
    begin(createConsumer({ broker, groupId, subscriptions: [subscription], newerVersionGraceMs: 0, logger: quiet }))

  try {
    const admin = await begin(broker.createAdmin())
    await applyTopics(admin, topics, { mode: 'create' })
    const producer = await begin(createProducer({ broker, source: 'airport-feed', events: definitions, logger }))
    const sink = await begin(
      createAuditSink({ broker, auditLog, topics: topics.map((topic) => topic.name), groupId: 'audit-sink', logger }),
    )
    const promised = new Map<string, number>()
    const faulty = createCompensation({ producer, promised, amount: wrongAmount })
    const compensation = await group('compensation', faulty.subscription)
    const counted = createStatistics()
    const statistics = await group('statistics', counted.subscription)

    say('1. Publish')
    const flights = await publishFlights(producer, telling)
    const malformed = await appendMalformed(broker)
    say(`   ${malformed} malformed records, left on the topic by another program`)
    const published = flights + malformed

    say('2. Handle')
    await settled('handled by compensation', published, () => settledRecords(compensation.counts()), telling)
    await settled('handled by statistics', published, () => settledRecords(statistics.counts()), telling)
    const before = compensation.counts()
    say(
      `   compensation  ${number.format(before.handled)} late flights handled, ${number.format(skippedBy(before, 'not-late'))} skipped as not late`,
    )
    say(`                 ${before.retried} attempts failed and were tried again`)
    say(`                 ${before.deadLettered} records set aside in flight.compensation.dlq, with the reason`)
    say(`   statistics    ${number.format(statistics.counts().handled)} landings at ${counted.landings.size} airports`)

    say('3. Audit')
    const recordsInKafka = await countRecords(admin)
    await settled('stored in the log', recordsInKafka, () => sink.counts().stored, telling)
    const { entries: entriesInLog } = await auditLog.summarize({ replays: 'include' })
    say(`   ${number.format(entriesInLog)} entries in the log, of ${number.format(recordsInKafka)} records in Kafka`)
    await askTheLog(auditLog, say)

    say('4. Find the mistake')
    const affected = await findAffectedFlights(auditLog)
    const dollars = affected.reduce((sum, flight) => sum + flight.missing, 0)
    say(
      `   compensation took miles for kilometres: ${affected.length} flights got $${number.format(dollars)} too little`,
    )

    say('5. Replay these flights, to the corrected compensation group alone')
    await compensation.close()
    const corrected = createCompensation({ producer, promised, amount: rightAmount })
    await group('compensation', corrected.subscription)
    const replay = await replayFlights({ broker, auditLog, logger, startRunner, ...telling }, affected)
    await settled('handled by compensation', affected.length, () => corrected.replayed.size, telling)
    const skippedReplays = () => skippedBy(statistics.counts(), 'replay-for-other-groups')
    await settled('skipped by statistics', affected.length, skippedReplays, telling)
    // Each replayed flight is one more record, and so is its correction.
    await settled('stored in the log', recordsInKafka + 2 * affected.length, () => sink.counts().stored, telling)

    const counts: FlightsCounts = {
      published,
      compensation: before,
      statistics: statistics.counts(),
      recordsInKafka,
      entriesInLog,
      factsAfterReplay: (await auditLog.summarize({ topics: ['flight'] })).entries,
      affected: affected.length,
      planned: replay.planned,
      replayed: replay.published,
      replaysInLog: (await auditLog.summarize({ replays: { id: replay.replayId } })).entries,
      receivedByTarget: corrected.replayed.size,
      handledTwice: [...corrected.replayed.values()].filter((times) => times > 1).length,
      seenByOther: statistics.counts().handled - flights,
      stillWrong: affected.filter((flight) => promised.get(flight.flight) !== rightAmount(flight.distanceMiles)).length,
    }
    const problems = checkCounts(counts)
    if (problems.length > 0) throw new Error(`the counts do not add up: ${problems.join('; ')}`)
    for (const line of reportCounts(counts, (performance.now() - started) / 1000)) say(line)
    return counts
  } finally {
    for (const part of open) await part.close()
  }
}

interface Telling {
  readonly say: (line: string) => void
  readonly progress: (text: string) => void
  readonly signal: AbortSignal
}

async function publishFlights(producer: Producer, { say, progress, signal }: Telling): Promise<number> {
  const flights = await readFlights()
  progress(`publishing ${number.format(flights.length)} flights`)
  const started = performance.now()
  const receipts = await producer.publishMany(FlightLanded, flights, { signal })
  const seconds = (performance.now() - started) / 1000
  say(
    `   ${number.format(receipts.length)} flight.landed events of 2001, each acknowledged by Kafka, in ${seconds.toFixed(1)} s`,
  )
  return receipts.length
}

/** Past the producer, which would refuse them. */
async function appendMalformed(broker: Broker): Promise<number> {
  const producer = broker.createProducer()
  await producer.start()
  try {
    const records = malformedRecords(Date.now())
    const outcome = await producer.append('flight', 0, records)
    if (outcome.kind !== 'ok') throw outcome.error
    return records.length
  } finally {
    await producer.close()
  }
}

/** Only before a transaction writes to the topics: its markers take offsets too. */
async function countRecords(admin: BrokerAdmin): Promise<number> {
  const offsets = await Promise.all(topics.map((topic) => admin.topicOffsets(topic.name)))
  return Number(offsets.flat().reduce((sum, partition) => sum + partition.end - partition.low, 0n))
}
