import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { createAuditLog } from '@ledgerbus/audit-log'
import { createAuditSink } from '@ledgerbus/audit-sink'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { alternate, median } from './alternate.ts'
import type { Bench } from './bench.ts'
import { rate, toRatio } from './bench-result.ts'
import type { RawTransactionsTask, ReplayTaken, ReplayTask } from './contestants/replay-task.ts'
import { startContestant } from './contestants/start-contestant.ts'
import { freshTopic } from './fresh-topic.ts'
import { fillLog, logShape } from './log/fill-log.ts'
import { preload } from './preload.ts'
import { dumpTransactions } from './replay/dump-transactions.ts'
import { untilRows } from './until-rows.ts'

const count = 120_000
const target = 0.8
/** Of the log in which memory and the first page are measured. */
const entriesOfLog = 10_000_000
const fewEntries = 100_000
const manyEntries = 5_000_000
/** A run of many entries may need little more memory than one of few. */
const flatTarget = 0.8

/**
 * A run against kafkajs alone that sends the same records from memory in transactions of the same size; then memory and the time to the first page, whatever the size of the
 * log.
 */
export const replayBench: Bench = async ({ kafkaBrokers, clickhouseUrl, runs, progress }) => {
  const broker = createKafkaBroker({ brokers: [...kafkaBrokers], clientId: 'bench' })
  const client = createClient({ url: clickhouseUrl, request_timeout: 600_000 })
  const folder = mkdtempSync(join(tmpdir(), 'ledgerbus-bench-'))
  const taken: ReplayTaken[] = []

  /** A log of the orders that a sink stored. */
  async function storedLog() {
    const tablePrefix = `bench_${process.pid}_replay`
    const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix })
    await auditLog.migrate()
    await auditLog.start()
    progress(`publishing and storing ${count.toLocaleString('en-US')} events`)
    const fromMs = Date.now()
    const { topic } = await preload(broker, 'replay', count)
    const sink = createAuditSink({ broker, auditLog, topics: [topic.name], groupId: `${topic.name}-sink` })
    await sink.start()
    await untilRows(client, `${tablePrefix}_events`, count)
    await sink.close()
    await auditLog.close()
    return { kafkaBrokers, clickhouseUrl, tablePrefix, topic: topic.name, fromMs, toMs: Date.now() }
  }

  async function compared() {
    const log = await storedLog()
    const file = join(folder, 'transactions')
    await dumpTransactions(broker, log.topic, file)
    const ours = startContestant<ReplayTask, ReplayTaken>(new URL('./contestants/our-replay.ts', import.meta.url))
    const peer = startContestant<RawTransactionsTask, number>(
      new URL('./contestants/raw-transactions.ts', import.meta.url),
    )
    try {
      return await alternate(
        runs,
        async () => {
          const one = await ours.run({ ...log, target: await freshTopic(broker, 'replayed') })
          taken.push(one)
          return one.seconds
        },
        async () => peer.run({ kafkaBrokers, file, target: await freshTopic(broker, 'raw-replayed') }),
        progress,
      )
    } finally {
      await Promise.all([ours.end(), peer.end()])
    }
  }

  /** In a process of its own: what an earlier run left in the heap is not the next one's. */
  async function alone(task: Omit<ReplayTask, 'target'>): Promise<ReplayTaken> {
    const contestant = startContestant<ReplayTask, ReplayTaken>(new URL('./contestants/our-replay.ts', import.meta.url))
    try {
      return await contestant.run({ ...task, target: await freshTopic(broker, 'replayed', 12) })
    } finally {
      await contestant.end()
    }
  }

  async function largeLog() {
    const tablePrefix = `bench_${process.pid}_large`
    const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix })
    await auditLog.migrate()
    await auditLog.close()
    progress(`filling ${entriesOfLog.toLocaleString('en-US')} entries`)
    const shape = logShape(entriesOfLog, Math.floor(Date.now() / 3_600_000) * 3_600_000)
    await fillLog(client, `${tablePrefix}_events`, shape, progress)
    const task = (entries: number) => ({
      ...{ kafkaBrokers, clickhouseUrl, tablePrefix, topic: 'order' },
      fromMs: shape.startMs,
      toMs: shape.startMs + entries * shape.stepMs,
    })
    try {
      progress(`the first page of ${entriesOfLog.toLocaleString('en-US')}`)
      const whole = await alone({ ...task(entriesOfLog + 1_000), until: 'first-page' })
      progress(`a run of ${fewEntries.toLocaleString('en-US')}`)
      const few = await alone(task(fewEntries))
      progress(`a run of ${manyEntries.toLocaleString('en-US')}`)
      const many = await alone(task(manyEntries))
      return { whole, few, many }
    } finally {
      await client.command({ query: `DROP TABLE ${tablePrefix}_events SYNC` })
    }
  }

  try {
    const result = await compared()
    const { whole, few, many } = await largeLog()
    const flat = few.peakRssBytes / many.peakRssBytes
    const megabytes = (bytes: number): number => Math.round(bytes / 1e6)
    const counted = taken.slice(1)
    return {
      ratios: {
        vs_raw_transactions: toRatio(result, target),
        memory_few_vs_many: toRatio({ ours: [], peer: [], ratios: [flat] }, flatTarget),
      },
      figures: {
        ours_per_second: rate(count, result.ours),
        raw_transactions_per_second: rate(count, result.peer),
        node_cpu_microseconds_per_event: Number(
          ((median(counted.map(({ cpuSeconds }) => cpuSeconds)) * 1e6) / count).toPrecision(3),
        ),
        plan_seconds: Number(median(counted.map(({ planSeconds }) => planSeconds)).toPrecision(3)),
        entries_of_large_log: whole.planned,
        plan_seconds_of_large_log: Number(whole.planSeconds.toPrecision(3)),
        first_page_seconds_of_large_log: Number(whole.firstPageSeconds.toPrecision(3)),
        few_entries: few.planned,
        few_entries_peak_rss_mb: megabytes(few.peakRssBytes),
        many_entries: many.planned,
        many_entries_peak_rss_mb: megabytes(many.peakRssBytes),
        many_entries_per_second: Math.round(many.planned / many.seconds),
      },
    }
  } finally {
    await client.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
