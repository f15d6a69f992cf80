import { createClient } from '@clickhouse/client'
import { createAuditLog } from '@ledgerbus/audit-log'
import { createAuditSink } from '@ledgerbus/audit-sink'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createReplay } from '@ledgerbus/replay'
import { alternate } from './alternate.ts'
import type { Bench } from './bench.ts'
import { rate, toRatio } from './bench-result.ts'
import { freshTopic } from './fresh-topic.ts'
import { preload } from './preload.ts'
import { createRawProducer } from './raw-kafka.ts'
import { untilRows } from './until-rows.ts'

const count = 50_000
const arrayLength = 500

interface RawRow {
  readonly kafka_key: string
  readonly raw: string
}

/** Plan and run of a replay to another topic, against a script that reads the rows and sends their values in arrays. */
export const replayBench: Bench = async ({ kafkaBrokers, clickhouseUrl, runs, progress }) => {
  const broker = createKafkaBroker({ brokers: [...kafkaBrokers], clientId: 'bench' })
  const client = createClient({ url: clickhouseUrl })
  const prefix = `bench_${process.pid}_replay`
  const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix: prefix })
  await auditLog.migrate()
  await auditLog.start()
  progress(`publishing and storing ${count} events`)
  const fromMs = Date.now()
  const { topic } = await preload(broker, 'replay', count)
  const sink = createAuditSink({ broker, auditLog, topics: [topic.name], groupId: `${topic.name}-sink` })
  await sink.start()
  await untilRows(client, `${prefix}_events`, count)
  await sink.close()
  const toMs = Date.now()

  async function ours(): Promise<number> {
    const target = await freshTopic(broker, 'replayed')
    const replay = createReplay({ broker, auditLog })
    const started = performance.now()
    const plan = await replay.plan({ fromMs, toMs, topics: [topic.name], target, groups: ['bench'], reason: 'bench' })
    const report = await replay.run(plan)
    const seconds = (performance.now() - started) / 1000
    await replay.close()
    if (report.published !== count) throw new Error(`replayed ${report.published} of ${count}`)
    return seconds
  }

  async function raw(): Promise<number> {
    const target = await freshTopic(broker, 'raw-replayed')
    const producer = createRawProducer(kafkaBrokers)
    await producer.connect()
    const started = performance.now()
    const answer = await client.query({
      query: `SELECT kafka_key, raw FROM ${prefix}_events FINAL WHERE kafka_topic = {topic:String}
        ORDER BY kafka_topic, kafka_partition, kafka_offset`,
      query_params: { topic: topic.name },
      format: 'JSONEachRow',
    })
    let batch: { key: string; value: string }[] = []
    const send = async (): Promise<void> => {
      await producer.send({ topic: target, acks: -1, messages: batch })
      batch = []
    }
    for await (const rows of answer.stream<RawRow>()) {
      for (const row of rows) {
        const { kafka_key, raw: value } = row.json()
        batch.push({ key: kafka_key, value })
        if (batch.length === arrayLength) await send()
      }
    }
    if (batch.length > 0) await send()
    const seconds = (performance.now() - started) / 1000
    await producer.disconnect()
    return seconds
  }

  try {
    const result = await alternate(runs, ours, raw, progress)
    return {
      ratios: { vs_raw_read_and_send: toRatio(result) },
      figures: { ours_per_second: rate(count, result.ours), raw_per_second: rate(count, result.peer) },
    }
  } finally {
    await auditLog.close()
    await client.close()
  }
}
