import { createClient } from '@clickhouse/client'
import { createAuditLog } from '@ledgerbus/audit-log'
import { createAuditSink } from '@ledgerbus/audit-sink'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { alternate } from './alternate.ts'
import type { Bench } from './bench.ts'
import { rate, toRatio } from './bench-result.ts'
import { startKafkaEngine } from './kafka-engine.ts'
import { preload } from './preload.ts'
import { untilRows } from './until-rows.ts'

const count = 200_000

/** Kafka to queryable rows, against ClickHouse's own Kafka table engine into the same table; from start to the last row counted. */
export const sinkBench: Bench = async ({ kafkaBrokers, clickhouseUrl, runs, progress }) => {
  const broker = createKafkaBroker({ brokers: [...kafkaBrokers], clientId: 'bench' })
  const client = createClient({ url: clickhouseUrl })
  progress(`publishing ${count} events`)
  const { topic } = await preload(broker, 'sink', count)
  const admin = broker.createAdmin()
  await admin.start()
  const cluster = await admin.clusterId()
  await admin.close()
  let run = 0
  let cpuSeconds = 0

  /** A log of its own for each run, made by the same migration. */
  async function freshLog(side: string) {
    run += 1
    const prefix = `bench_${process.pid}_${side}_${run}`
    const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix: prefix })
    await auditLog.migrate()
    await auditLog.start()
    return { auditLog, events: `${prefix}_events`, group: `${topic.name}-${side}-${run}` }
  }

  async function ours(): Promise<number> {
    const { auditLog, events, group } = await freshLog('ours')
    const sink = createAuditSink({ broker, auditLog, topics: [topic.name], groupId: group })
    const cpu = process.cpuUsage()
    const started = performance.now()
    await sink.start()
    await untilRows(client, events, count)
    const seconds = (performance.now() - started) / 1000
    const used = process.cpuUsage(cpu)
    cpuSeconds = (used.user + used.system) / 1e6
    await sink.close()
    await auditLog.close()
    await client.command({ query: `DROP TABLE ${events} SYNC` })
    return seconds
  }

  async function engine(): Promise<number> {
    const { auditLog, events, group } = await freshLog('engine')
    const started = performance.now()
    const stop = await startKafkaEngine({ client, brokers: kafkaBrokers, topic: topic.name, group, cluster, events })
    await untilRows(client, events, count)
    const seconds = (performance.now() - started) / 1000
    await stop()
    await auditLog.close()
    await client.command({ query: `DROP TABLE ${events} SYNC` })
    return seconds
  }

  try {
    const result = await alternate(runs, ours, engine, progress)
    return {
      ratios: { vs_kafka_engine: toRatio(result) },
      figures: {
        ours_per_second: rate(count, result.ours),
        kafka_engine_per_second: rate(count, result.peer),
        node_cpu_microseconds_per_event: Number(((cpuSeconds * 1e6) / count).toFixed(1)),
      },
    }
  } finally {
    await client.close()
  }
}
