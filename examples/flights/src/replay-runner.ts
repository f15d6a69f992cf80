import { createAuditLog } from '@ledgerbus/audit-log'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createReplay } from '@ledgerbus/replay'

/** What a runner is told. */
export interface RunnerTask {
  readonly kafkaBrokers: readonly string[]
  readonly clickhouseUrl: string
  readonly tablePrefix: string
  readonly replayId: string
  readonly ratePerSecond: number
}

// A program of its own: it knows the id of a replay and nothing else, and somebody kills it in the middle.
process.once('message', (task) => {
  void run(task as RunnerTask).then(() => process.disconnect())
})

async function run({ kafkaBrokers, clickhouseUrl, tablePrefix, replayId, ratePerSecond }: RunnerTask): Promise<void> {
  const broker = createKafkaBroker({ brokers: [...kafkaBrokers], clientId: 'flights-replay' })
  const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix })
  await auditLog.start()
  const replay = createReplay({ broker, auditLog })
  await replay.run(replayId, { confirmed: true, by: 'the night shift', ratePerSecond })
  await replay.close()
  await auditLog.close()
}
