import { createAuditLog } from '@ledgerbus/audit-log'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { startStack } from '@ledgerbus/testkit/stack'
import { forkRunner } from './fork-runner.ts'
import { createProgress } from './progress.ts'
import { runFlights } from './run-flights.ts'

// Ctrl-C gives up what is starting or running; the servers are stopped in any case.
const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
process.once('SIGTERM', () => interrupted.abort(new Error('terminated')))
const progress = createProgress(process.stderr)

async function main(): Promise<void> {
  const { signal } = interrupted
  const stack = await startStack({ print: progress.show, signal })
  try {
    const { kafkaBrokers, clickhouseUrl } = stack.addresses
    const broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: 'flights' })
    // A table of its own each time: the addresses may be those of servers that keep their data.
    const tablePrefix = `flights_${Date.now()}`
    const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix })
    const startRunner = (replayId: string, ratePerSecond: number) =>
      forkRunner({ kafkaBrokers, clickhouseUrl, tablePrefix, replayId, ratePerSecond })
    try {
      await auditLog.migrate()
      await auditLog.start({ signal })
      await runFlights({ broker, auditLog, startRunner, say, progress: progress.show, signal })
    } finally {
      await auditLog.close()
    }
  } finally {
    progress.show('stopping the servers')
    await stack.stop()
    progress.end()
  }
}

function say(line: string): void {
  progress.end()
  process.stdout.write(`${line}\n`)
}

try {
  await main()
} catch (error) {
  progress.end()
  if (!interrupted.signal.aborted) throw error
  process.stderr.write('stopped; nothing is left running\n')
  process.exitCode = 130
}
