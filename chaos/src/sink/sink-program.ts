/**
 * One sink of the group: the program of a user, with a ledger. SIGTERM closes it in order; it ends with the process that started it.
 */
import { createAuditLog } from '@ledgerbus/audit-log'
import { createAuditSink } from '@ledgerbus/audit-sink'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { observeBroker } from '../consumer/observe-broker.ts'
import { createLedger } from '../ledger/create-ledger.ts'
import type { FromMember } from '../members/create-members.ts'
import { createCrashHooks } from './crash-points/crash-hooks.ts'
import { observeWriter } from './observe-writer.ts'
import type { SinkOptions } from './sink-options.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as SinkOptions
const { name, file, topic, groupId, tablePrefix, sessionTimeoutMs, requestTimeoutMs, maxRows, crashAt } = options
const ledger = createLedger(file, name)
ledger.add({ kind: 'started', pid: process.pid })
const closing = new AbortController()

process.once('SIGTERM', () => closing.abort())
// Ctrl-C reaches the whole group of processes; the run decides what it means.
process.on('SIGINT', () => undefined)
process.once('disconnect', () => process.exit(1))

let runs = 0
setInterval(() => {
  if (runs > 0 && process.connected) process.send?.({ kind: 'worked', runs } satisfies FromMember)
  runs = 0
}, 200).unref()

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
  auditLog: observeWriter(auditLog, ledger, (records) => {
    runs += records
  }),
  topics: [topic],
  groupId,
  // Small ranges: many inserts and commits are under way when a fault hits.
  maxRows,
  maxAgeMs: 200,
  idleAgeMs: 500,
  ...(crashAt !== undefined && { hooks: createCrashHooks(crashAt) }),
})

try {
  await sink.start({ signal: closing.signal })
  process.send?.({ kind: 'joined' } satisfies FromMember)
} catch (error) {
  if (!closing.signal.aborted) throw error
}
if (!closing.signal.aborted) {
  await new Promise((resolve) => {
    closing.signal.addEventListener('abort', resolve, { once: true })
  })
}
const { isDrained, left } = await sink.close({ drainMs: 10_000 })
const records = left.reduce((sum, each) => sum + each.records, 0)
ledger.add({ kind: 'closed', commit: isDrained ? 'ok' : 'unknown', left: records, aborted: 0 })
await auditLog.close()
ledger.close()
process.exit(0)
