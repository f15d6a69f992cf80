import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAuditLog } from '@ledgerbus/audit-log'
import { silentLogger } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createReplay, type Replay, type ReplayPlan } from '@ledgerbus/replay'
import { createSeededRandom } from '@ledgerbus/testkit'
import type { ChaosRun } from '../chaos-run.ts'
import { startCluster } from '../cluster/start-cluster.ts'
import { createLedger } from '../ledger/create-ledger.ts'
import type { LedgerEvent } from '../ledger/ledger-event.ts'
import { readLines } from '../ledger/read-lines.ts'
import { createMembers } from '../members/create-members.ts'
import { createInjector } from '../nemesis/inject-faults.ts'
import { planFaults } from '../nemesis/plan-faults.ts'
import { runFaults } from '../nemesis/run-faults.ts'
import { guardLogServer } from '../sink/guard-log-server.ts'
import { startLogServer } from '../sink/start-log-server.ts'
import { readTopics } from '../witness/read-topics.ts'
import type { WitnessedRecord } from '../witness/witnessed-record.ts'
import { checkReplays } from './checker/check-replays.ts'
import type { CheckedReplay } from './checker/replay-history.ts'
import { createRunnerLives } from './checker/runner-lives.ts'
import { createCrew } from './create-crew.ts'
import { createRunnerInjector } from './inject-runner-faults.ts'
import { countFacts, readLog } from './read-log.ts'
import { publishOriginals } from './replay-load.ts'
import { replayOutcome } from './replay-outcome.ts'
import { type ChaosReplay, chaosReplays, tablePrefix, topicSpecs } from './replays.ts'
import type { RunnerOptions } from './runner-options.ts'
import { someTransform, transformName } from './some-transform.ts'
import { startLogKeeper } from './start-log-keeper.ts'

/** Of the engine: a runner that stands still for longer has lost its transaction. */
const transactionTimeoutMs = 15_000
const requestTimeoutMs = 3_000
const everyMs = [2_000, 3_500] as const
/** A runner that recovers is worth a fault as well. */
const longestWaitMs = 6_000
/** The replays go no further than this while there are faults, at the pace that the plan foresees and at half of it. */
const shareUnderFaults = 0.6
const heldBack = 2
/** Runners differ in pace, and with it in the size of their pages. */
const paces = [0.5, 1, 1, 4]
const pageSizes = [100, 500, 2_000]
const mostMsAtWork = 1_500
const storingMs = 120_000
/** Without anything done: then it is stuck. */
const recoveryMs = 90_000

/** Three replays at once whose runners, brokers and ClickHouse break: each planned entry once, in its order, to the byte. */
export const replayRun: ChaosRun = async ({ events, keys, faults, seed, folder, progress, clock, signal }) => {
  const targets = { runner: chaosReplays.length, broker: 3, clickhouse: 1 }
  const plan = planFaults({ seed, faults, targets, sessionTimeoutMs: transactionTimeoutMs, everyMs })
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
    logger: silentLogger,
  })
  const admin = broker.createAdmin()
  await admin.start({ signal })
  await admin.createTopics(topicSpecs)
  await admin.close()

  const problems: string[] = []
  const keeper = await startLogKeeper({ broker, clickhouseUrl: log.server.url, clock, signal })
  ends.defer(() => keeper.close())
  progress(`publishing ${events} originals`)
  await publishOriginals({ broker, seed, events, keys, nowMs: clock.nowMs(), signal })
  progress('storing them in the log')
  if ((await keeper.untilStored(storingMs)) > 0) throw new Error('the sink did not store the originals in time')
  const factsBefore = await countFacts(log.server.url)

  const auditLog = createAuditLog({ url: log.server.url, tablePrefix })
  ends.defer(() => auditLog.close())
  const control = createReplay({
    broker,
    auditLog,
    transforms: { [transformName]: someTransform },
    logger: silentLogger,
  })
  ends.defer(() => control.close())
  const plans: ReplayPlan[] = []
  for (const { request } of chaosReplays) plans.push(await control.plan(request, { signal }))

  const random = createSeededRandom(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random.next() * items.length)] as Item
  const faultsMs = Math.max(plan.endMs, 10_000) * heldBack
  let isPaced = true
  const runners = createMembers({
    program: fileURLToPath(new URL('./runner-program.ts', import.meta.url)),
    prefix: 'r',
    optionsOf(runner, place): RunnerOptions {
      const planned = plans[Math.floor(place / 2)]
      if (planned === undefined) throw new Error(`unreachable: place ${place} is of no replay`)
      const pace = ((planned.summary.entries * shareUnderFaults) / faultsMs) * 1_000 * pick(paces)
      return {
        ...{ ...runner, brokers, clickhouseUrl: log.url, tablePrefix, requestTimeoutMs },
        replayId: planned.replayId,
        maxInFlight: isPaced ? pick(pageSizes) : 2_000,
        ...(isPaced && { ratePerSecond: Math.max(5, pace) }),
      }
    },
    folder,
    ledger,
  })
  ends.defer(() => runners.killAll())
  const watching = new AbortController()
  ends.defer(() => watching.abort())
  const crew = createCrew({ members: runners, replays: plans.length, clock, signal: watching.signal })

  const replayIds = plans.map(({ replayId }) => replayId)
  const runnerFaults = createRunnerInjector({ crew, members: runners, control, replayIds, ledger, clock, signal })
  const injected = createInjector({
    runners: runnerFaults.inject,
    broker: { servers: cluster.kafka.brokers, proxies: cluster.proxies },
    clickhouse: { servers: [log.server], proxies: [log.proxy] },
    signal,
  })
  const guarded = guardLogServer({ log, inject: injected, progress, clock, signal: watching.signal })
  const counted = plans.map(({ summary }, index) => `${chaosReplays[index]?.name} ${summary.entries}`).join(', ')
  progress(`planned: ${counted}; ${faults} faults`)
  const report = await runFaults(plan.plan, {
    inject: guarded.inject,
    work: () => runners.worked,
    longestWaitMs,
    ledger,
    progress,
    clock,
    signal,
  })
  problems.push(...report.failures)
  signal.throwIfAborted()
  await cluster.kafka.untilReady({ signal })

  progress(`no more faults, ${runners.worked} entries so far; the rest as fast as it goes`)
  isPaced = false
  await Promise.all(
    plans.map(async (_, replay) => {
      crew.hold(replay)
      await Promise.all(crew.alive(replay).map((place) => runners.close(place)))
      crew.release(replay)
    }),
  )
  // Once more at full speed, in the middle of large pages.
  await Promise.all(plans.map((_, replay) => runnerFaults.killAtWork(replay, random.next() * mostMsAtWork)))
  if (!(await crew.untilOver(recoveryMs)))
    progress(`not all are over, and nothing was done for ${recoveryMs / 1_000} s`)
  watching.abort()
  await runners.killAll()
  signal.throwIfAborted()

  progress('storing in the log what was replayed')
  const missing = await keeper.untilStored(storingMs)
  if (missing > 0) problems.push(`the sink did not store ${missing} offsets in time`)
  progress('checking')
  const lives = createRunnerLives()
  // The run's own ledger last: it tells how those ended whom their own files make known.
  for (const each of [...runners.files, file]) {
    for await (const event of readLines<LedgerEvent>(each)) lives.event(event)
  }
  const witnessed = join(folder, 'topics.jsonl')
  await readTopics({ brokers, topics: topicSpecs.map(({ name }) => name), file: witnessed, signal })
  const url = log.server.url
  const checked = checkReplays({
    ...lives.build(),
    replays: await Promise.all(chaosReplays.map((each, index) => standingOf(control, each, plans[index]))),
    stored: await Array.fromAsync(readLines<WitnessedRecord>(witnessed)),
    log: { factsBefore, factsAfter: await countFacts(url), ...(await readLog(url, replayIds)) },
  })
  return replayOutcome({
    seed,
    report: checked,
    figures: { faults: report.begun, ...runnerFaults.counts },
    details: [`planned: ${counted}; ClickHouse was started again ${guarded.revivals()} times besides`],
    problems,
  })
}

/** What Kafka says of a replay in the end. */
async function standingOf(
  control: Replay,
  { name, mode, request, fateOf }: ChaosReplay,
  plan: ReplayPlan | undefined,
): Promise<CheckedReplay> {
  if (plan === undefined) throw new Error(`unreachable: ${name} was not planned`)
  const { replayId, summary } = plan
  const { groups, reason, order = 'key', target } = request
  const { state, published, failed, leftOut } = await control.status(replayId)
  const errors = await Array.fromAsync(control.errors(replayId))
  return {
    ...{ name, replayId, order, mode, groups, reason, fateOf },
    ...(target !== undefined && { target }),
    planned: summary.entries,
    status: { state, published, failed, leftOut },
    errors: errors.map(({ topic, partition, offset }) => ({ topic, partition, offset: Number(offset) })),
    trail: await control.history({ replayId }),
  }
}
