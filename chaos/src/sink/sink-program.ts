/**
 * One sink of the group: the program of a user, with a ledger. SIGTERM closes it in order; it ends with the process that started it.
 */
import { createAuditLog } from '@ledgerbus/audit-log'
import { createAuditSink } from '@ledgerbus/audit-sink'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { observeBroker } from '../consumer/observe-broker.ts'
import { becomeMember } from '../members/member-process.ts'
import { createCrashHooks } from './crash-points/crash-hooks.ts'
import { observeWriter } from './observe-writer.ts'
import type { SinkOptions } from './sink-options.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as SinkOptions
const { name, file, topic, groupId, tablePrefix, sessionTimeoutMs, requestTimeoutMs, maxRows, crashAt } = options
const { ledger, closing, worked, joined, untilClosing } = becomeMember({ file, name })

const kafka = createKafkaBroker({
  brokers: [...options.brokers],
  clientId: name,
  requestTimeoutMs,
  connectionTimeoutMs: 2_000,
})
const { broker } = observeBroker(kafka, ledger)
const auditLog = createAuditLog({ url: options.clickhouseUrl, tablePrefix, requestTimeoutMs })

const sink = createAuditSink({
  // A short session is nothing that a sink's user needs to choose.
  broker: { ...broker, createConsumer: (consumer) => broker.createConsumer({ ...consumer, sessionTimeoutMs }) },
  auditLog: observeWriter(auditLog, ledger, worked),
  topics: [topic],
  groupId,
  // Small ranges: many inserts and commits are under way when a fault hits.
  maxRows,
  maxAgeMs: 200,
  idleAgeMs: 500,
  ...(crashAt !== undefined && { hooks: createCrashHooks(crashAt) }),
})

try {
  await sink.start({ signal: closing })
  joined()
} catch (error) {
  if (!closing.aborted) throw error
}
await untilClosing()
const { isDrained, left } = await sink.close({ drainMs: 10_000 })
const records = left.reduce((sum, each) => sum + each.records, 0)
ledger.add({ kind: 'closed', commit: isDrained ? 'ok' : 'unknown', left: records, aborted: 0 })
await auditLog.close()
ledger.close()
process.exit(0)
