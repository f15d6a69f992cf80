import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createKafkaBroker } from '@ledgerbus/kafka'
import type { ChaosRun } from '../chaos-run.ts'
import { createGroupProgress } from '../cluster/group-progress.ts'
import { startCluster } from '../cluster/start-cluster.ts'
import { createLedger } from '../ledger/create-ledger.ts'
import type { LedgerEvent } from '../ledger/ledger-event.ts'
import { readLines } from '../ledger/read-lines.ts'
import { createMembers } from '../members/create-members.ts'
import { createInjector } from '../nemesis/inject-faults.ts'
import { planFaults } from '../nemesis/plan-faults.ts'
import { runFaults } from '../nemesis/run-faults.ts'
import { checkLog } from './checker/check-log.ts'
import { createLogHistory } from './checker/log-history.ts'
import { logOutcome } from './log-outcome.ts'
import { guardLogServer } from './guard-log-server.ts'
import { startLogServer } from './start-log-server.ts'
import { startSinkLoad } from './sink-load.ts'
import type { SinkOptions } from './sink-options.ts'
import { groupId, partitions, tablePrefix, topic, topicSpec } from './sink-topic.ts'
import { verifyLog } from './verify-log.ts'
import { witnessLog } from './witness-log.ts'

const sinkCount = 2
/** Small, so that many inserts and commits are under way when a fault hits. */
const maxRows = 2_000
/** Short, so that a run sees many sessions end. */
const patience = { sessionTimeoutMs: 3_000, requestTimeoutMs: 3_000 }
/** What breaks on one side leaves the other whole, so faults may come sooner than on a group of consumers. */
const everyMs = [2_000, 3_500] as const
/** A sink that recovers is worth a fault as well. */
const longestWaitMs = 6_000
/** The part at the end without faults. */
const quietMs = 5_000
/** About what faults that wait for work add to the plan. */
const heldBack = 1.1
/** More would measure the machine. */
const mostEventsPerSecond = 2_500
const recoveryMs = 90_000

/** Two sinks, three brokers and ClickHouse under faults: the log reads exactly once, to the byte. */
export const sinkRun: ChaosRun = async ({ events, keys, faults, seed, folder, progress, clock, signal }) => {
  const targets = { sink: sinkCount, broker: 3, clickhouse: 1 }
  const plan = planFaults({ seed, faults, targets, sessionTimeoutMs: patience.sessionTimeoutMs, everyMs })
  await writeFile(join(folder, 'plan.json'), `${JSON.stringify(plan, undefined, 2)}\n`)
  await using ends = new AsyncDisposableStack()
  const cluster = await startCluster({ folder, progress, signal })
  ends.defer(() => cluster.stop())
  const log = await startLogServer({ folder, tablePrefix, progress, signal })
  ends.defer(() => log.stop())
  const file = join(folder, 'run.jsonl')
  const ledger = createLedger(file, 'run')
  ends.defer(() => ledger.close())
  const brokers = cluster.addresses
  const broker = createKafkaBroker({
    brokers: [...brokers],
    clientId: 'chaos-run',
    connectionTimeoutMs: 2_000,
    requestTimeoutMs: 4_000,
  })
  const admin = broker.createAdmin()
  await admin.start({ signal })
  await admin.createTopics([topicSpec])
  await admin.close()
  const sinks = createMembers({
    program: fileURLToPath(new URL('./sink-program.ts', import.meta.url)),
    prefix: 's',
    optionsOf: (sink): SinkOptions => ({
      ...sink,
      brokers,
      clickhouseUrl: log.url,
      topic,
      groupId,
      tablePrefix,
      maxRows,
      ...patience,
    }),
    folder,
    ledger,
  })
  ends.defer(() => sinks.killAll())

  const problems: string[] = []
  const durationMs = Math.max(plan.endMs * heldBack + quietMs, (events / mostEventsPerSecond) * 1_000)
  const load = await startSinkLoad({ broker, topic, partitions, ledger, seed, events, keys, durationMs, clock, signal })
  const everySink = Array.from({ length: sinkCount }, (_, index) => index)
  for (const index of everySink) sinks.start(index)
  await Promise.all(everySink.map((index) => sinks.joined(index, { signal })))
  progress(`${sinkCount} sinks have joined; ${events} events in ${Math.round(durationMs / 1_000)} s, ${faults} faults`)

  const injected = createInjector({
    members: sinks,
    broker: { servers: cluster.kafka.brokers, proxies: cluster.proxies },
    clickhouse: { servers: [log.server], proxies: [log.proxy] },
    signal,
  })
  const watching = new AbortController()
  ends.defer(() => watching.abort())
  const { inject, revivals } = guardLogServer({ log, inject: injected, progress, clock, signal: watching.signal })
  const report = await runFaults(plan.plan, {
    inject,
    work: () => sinks.worked,
    longestWaitMs,
    ledger,
    progress,
    clock,
    signal,
  })
  problems.push(...report.failures)
  signal.throwIfAborted()
  await cluster.kafka.untilReady({ signal })
  progress(`no more faults, ${load.made} events so far; waiting for the rest`)
  load.finish({ withinMs: recoveryMs })
  await load.done
  if (load.made < events) problems.push(`only ${load.made} of ${events} events could be published in time`)

  progress('all published; waiting for the sinks')
  const group = createGroupProgress({ broker, topic, groupId, clock, signal })
  const missing = await group.untilCommitted(recoveryMs)
  signal.throwIfAborted()
  if (missing > 0) progress(`${missing} offsets are not committed after ${recoveryMs / 1_000} s`)
  await Promise.all(everySink.map((index) => sinks.close(index)))

  watching.abort()
  progress('checking')
  const history = createLogHistory()
  // The run's own ledger last: it names sinks, which their own files make known.
  for (const each of [...sinks.files, file])
    for await (const event of readLines<LedgerEvent>(each)) history.event(event)
  const place = { url: log.server.url, tablePrefix, topic }
  const standing = await witnessLog({ ...place, brokers, folder, ends: await group.ends(), signal })
  const checked = checkLog(history.build(standing))
  const verified = await verifyLog({ ...place, broker, groupId, clock, signal })
  problems.push(...verified.problems)
  const outcome = logOutcome({
    run: 'sink',
    seed,
    report: checked,
    figures: { faults: report.begun, revivals: revivals() },
    problems,
  })
  return { ...outcome, details: [...outcome.details, verified.detail] }
}
