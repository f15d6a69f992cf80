import { createClient } from '@clickhouse/client'
import { createAuditLog } from '@ledgerbus/audit-log'
import { createAuditSink } from '@ledgerbus/audit-sink'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { untilRows } from '../until-rows.ts'
import { serveContestant } from './serve-contestant.ts'
import type { SinkTaken, SinkTask } from './sink-task.ts'

const sampleEveryMs = 50

/** Ours, with every default. */
serveContestant(async (task: SinkTask): Promise<SinkTaken> => {
  const { kafkaBrokers, clickhouseUrl, topic, groupId, tablePrefix, count } = task
  const client = createClient({ url: clickhouseUrl })
  const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix })
  const broker = createKafkaBroker({ brokers: [...kafkaBrokers], clientId: 'bench' })
  const sink = createAuditSink({ broker, auditLog, topics: [topic], groupId })
  let peakRssBytes = 0
  const sampling = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss())
  }, sampleEveryMs)
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  await sink.start()
  await untilRows(client, `${tablePrefix}_events`, count)
  const seconds = (performance.now() - startMs) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  clearInterval(sampling)
  const { inserts } = sink.counts()
  await sink.close()
  await auditLog.close()
  await client.close()
  return { seconds, cpuSeconds: (user + system) / 1e6, peakRssBytes, inserts }
})
