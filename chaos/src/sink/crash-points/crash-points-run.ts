import { join } from 'node:path'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { startKafka } from '@ledgerbus/local-stack'
import type { ChaosRun } from '../../chaos-run.ts'
import { addLogReports } from '../checker/add-log-reports.ts'
import { logOutcome } from '../log-outcome.ts'
import { startLogServer } from '../start-log-server.ts'
import { tablePrefix } from '../sink-topic.ts'
import { crashChains } from './crash-point.ts'
import { type ChainReport, runChain } from './run-chain.ts'

/** Chains at once: most of a crash is waiting for the session of the dead. */
const chainsAtOnce = 4

/** Every step of the sink's protocol, killed before and after: the log reads exactly once all the same. */
export const crashPointsRun: ChaosRun = async ({ events, faults: times, seed, folder, progress, clock, signal }) => {
  await using ends = new AsyncDisposableStack()
  const kafka = await startKafka({ logDir: join(folder, 'logs'), progress, signal })
  ends.defer(() => kafka.stop())
  const log = await startLogServer({ folder, tablePrefix, progress, signal })
  ends.defer(() => log.stop())
  const broker = createKafkaBroker({ brokers: [...kafka.addresses], clientId: 'chaos-run' })

  const chains = crashChains(times)
  const points = chains.reduce((sum, chain) => sum + chain.points.length, 0)
  progress(`${points} points in ${chains.length} topics, ${chainsAtOnce} at once`)
  const recordsPerPoint = Math.ceil(events / (points + chains.length))
  const shared = { broker, brokers: kafka.addresses, recordsPerPoint, seed, folder, progress, clock, signal }
  const clickhouse = { url: log.server.url, tablePrefix }
  const waiting = [...chains]
  const reports: ChainReport[] = []
  const failures: unknown[] = []
  async function work(): Promise<void> {
    for (let chain = waiting.shift(); chain !== undefined; chain = waiting.shift()) {
      reports.push(await runChain({ ...shared, chain, clickhouse }))
    }
  }
  // Each to its end: servers must not go while a chain still uses them.
  await Promise.all(Array.from({ length: chainsAtOnce }, () => work().catch((error: unknown) => failures.push(error))))
  if (failures.length > 0) throw failures[0]
  return logOutcome({
    run: 'crash-points',
    seed,
    report: addLogReports(reports.map(({ report }) => report)),
    figures: { points: reports.reduce((sum, { reached }) => sum + reached, 0) },
    problems: reports.flatMap(({ problems }) => problems),
  })
}
