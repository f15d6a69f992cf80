import { createClient } from '@clickhouse/client'
import { createAuditLog } from '@ledgerbus/audit-log'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { alternate, median } from './alternate.ts'
import type { Bench } from './bench.ts'
import { rate, toRatio } from './bench-result.ts'
import type { SinkTaken, SinkTask } from './contestants/sink-task.ts'
import { startContestant } from './contestants/start-contestant.ts'
import { startKafkaEngine } from './kafka-engine.ts'
import { preload } from './preload.ts'
import { type StoredBytes, storedBytes } from './stored-bytes.ts'
import { untilRows } from './until-rows.ts'

const count = 600_000
const target = 1.5

/** Kafka to queryable rows, against ClickHouse's own Kafka table engine into the same table; from start to the last row counted. */
export const sinkBench: Bench = async ({ kafkaBrokers, clickhouseUrl, runs, progress }) => {
  const broker = createKafkaBroker({ brokers: [...kafkaBrokers], clientId: 'bench' })
  // Merging everything for the count of bytes takes longer than a question may.
  const client = createClient({ url: clickhouseUrl, request_timeout: 300_000 })
  progress(`publishing ${count} events`)
  const { topic } = await preload(broker, 'sink', count)
  const admin = broker.createAdmin()
  await admin.start()
  const cluster = await admin.clusterId()
  await admin.close()
  const sink = startContestant<SinkTask, SinkTaken>(new URL('./contestants/our-sink.ts', import.meta.url))
  const taken: SinkTaken[] = []
  let stored: StoredBytes = { onDisk: 0, ofValues: 0 }
  let run = 0

  /** A log of its own for each run, made by the same migrations. */
  async function freshLog(side: string) {
    run += 1
    const tablePrefix = `bench_${process.pid}_${side}_${run}`
    const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix })
    await auditLog.migrate()
    await auditLog.close()
    return { tablePrefix, events: `${tablePrefix}_events`, groupId: `${topic.name}-${side}-${run}` }
  }

  async function ours(): Promise<number> {
    const { tablePrefix, events, groupId } = await freshLog('ours')
    const one = await sink.run({ kafkaBrokers, clickhouseUrl, topic: topic.name, groupId, tablePrefix, count })
    taken.push(one)
    if (stored.onDisk === 0) stored = await storedBytes(client, events)
    await client.command({ query: `DROP TABLE ${events} SYNC` })
    return one.seconds
  }

  async function engine(): Promise<number> {
    const { events, groupId: group } = await freshLog('engine')
    const started = performance.now()
    const stop = await startKafkaEngine({ client, brokers: kafkaBrokers, topic: topic.name, group, cluster, events })
    await untilRows(client, events, count)
    const seconds = (performance.now() - started) / 1000
    await stop()
    await client.command({ query: `DROP TABLE ${events} SYNC` })
    return seconds
  }

  try {
    const result = await alternate(runs, ours, engine, progress)
    const counted = taken.slice(1)
    const perEvent = (seconds: number): number => Number(((seconds * 1e6) / count).toPrecision(3))
    return {
      ratios: { vs_kafka_engine: toRatio(result, target) },
      figures: {
        ours_per_second: rate(count, result.ours),
        kafka_engine_per_second: rate(count, result.peer),
        node_cpu_microseconds_per_event: perEvent(median(counted.map(({ cpuSeconds }) => cpuSeconds))),
        records_per_insert: Math.round(count / median(counted.map(({ inserts }) => inserts))),
        peak_rss_mb: Math.round(Math.max(...taken.map(({ peakRssBytes }) => peakRssBytes)) / 1e6),
        json_bytes_per_event: Math.round(stored.ofValues / count),
        stored_bytes_per_event: Math.round(stored.onDisk / count),
      },
    }
  } finally {
    await sink.end()
    await client.close()
  }
}
