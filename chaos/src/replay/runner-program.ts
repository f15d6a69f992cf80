/**
 * One runner of a replay: the program of a user, with a ledger. SIGTERM interrupts it; it ends with the process that started it.
 */
import { createAuditLog } from '@ledgerbus/audit-log'
import { isLedgerbusError } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createReplay, ReplayError, type ReplayReport } from '@ledgerbus/replay'
import { becomeMember } from '../members/member-process.ts'
import { type RunnerOptions, runnerExitCodes } from './runner-options.ts'
import { someTransform, transformName } from './some-transform.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as RunnerOptions
const { name, file, replayId, requestTimeoutMs, maxInFlight, ratePerSecond } = options
const { ledger, closing, worked, joined } = becomeMember({ file, name })

const broker = createKafkaBroker({
  brokers: [...options.brokers],
  clientId: name,
  requestTimeoutMs,
  connectionTimeoutMs: 2_000,
})
// With its own patience: a paced replay leaves an answer lying for many seconds, and each that is given up is asked for again.
const auditLog = createAuditLog({ url: options.clickhouseUrl, tablePrefix: options.tablePrefix })
const replay = createReplay({ broker, auditLog, transforms: { [transformName]: someTransform } })

async function run(): Promise<ReplayReport> {
  let done: number | undefined
  await auditLog.start({ signal: closing })
  joined()
  return replay.run(replayId, {
    confirmed: true,
    by: name,
    maxInFlight,
    maxErrors: Number.POSITIVE_INFINITY,
    ...(ratePerSecond !== undefined && { ratePerSecond }),
    signal: closing,
    onProgress({ published, failed, leftOut }) {
      const now = published + failed + leftOut
      worked(now - (done ?? now - 1))
      done = now
    },
  })
}

/** Says why it ended. Throws what no user should ever see. */
function endOf(error: unknown): number {
  if (!isLedgerbusError(error)) {
    if (closing.aborted) return runnerExitCodes.leftOff
    throw error
  }
  const { code, message, retriable } = error
  const { planned = 0, published = 0, failed = 0, leftOut = 0 } = (error instanceof ReplayError && error.report) || {}
  const counts = { planned, published, failed, leftOut }
  ledger.add({ kind: 'replay-ended', state: 'failed', ...counts, code, message, isRetriable: retriable })
  return code === 'REPLAY_ENDED' ? runnerExitCodes.over : runnerExitCodes.leftOff
}

ledger.add({ kind: 'replay-run', replayId })
let exitCode: number
try {
  const { state, planned, published, failed, leftOut } = await run()
  ledger.add({ kind: 'replay-ended', state, planned, published, failed, leftOut })
  exitCode = state === 'completed' ? runnerExitCodes.over : runnerExitCodes.leftOff
} catch (error) {
  exitCode = endOf(error)
}
await auditLog.close()
ledger.close()
process.exit(exitCode)
