import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { createAuditLog } from '@ledgerbus/audit-log'
import { silentLogger } from '@ledgerbus/core'
import { median } from './alternate.ts'
import type { Bench } from './bench.ts'
import type { BenchRatio } from './bench-result.ts'
import { fillLog, logShape } from './log/fill-log.ts'
import { lastPages, type Question, questionsFor } from './log/questions.ts'
import { type Cost, costOf, startRecorder, withFinal } from './log/recorded-requests.ts'

const entries = 10_000_000
const roundsARun = 6
/** `FINAL` over everything takes long enough. */
const finalRoundsARun = 1

/** The usual questions to a log of ten million entries in unmerged parts: each as the log asks it, against the same statement with plain `FINAL`. */
export const logBench: Bench = async ({ clickhouseUrl, runs, progress }) => {
  const prefix = `bench_${process.pid}_log`
  const table = `${prefix}_entries`
  const client = createClient({ url: clickhouseUrl, request_timeout: 600_000, log: { level: ClickHouseLogLevel.OFF } })
  const recorder = await startRecorder(clickhouseUrl)
  const log = createAuditLog({ url: clickhouseUrl, tablePrefix: prefix, logger: silentLogger })
  const recorded = createAuditLog({ url: recorder.url, tablePrefix: prefix, logger: silentLogger })
  await log.migrate()
  progress(`filling ${entries.toLocaleString('en-US')} entries`)
  const shape = logShape(entries, Math.floor(Date.now() / 3_600_000) * 3_600_000)
  await fillLog(client, `${prefix}_events`, shape, progress)

  const stored = await storage()
  const figures: Record<string, number> = { ...stored }
  const ratios: Record<string, BenchRatio> = {}

  /** Bytes on disk and of the JSON, for one event. */
  async function storage() {
    const answer = await client.query({
      query: `SELECT count() AS parts, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND table = '${prefix}_events'`,
      format: 'JSONEachRow',
    })
    const [found] = await answer.json<{ readonly parts: string; readonly rows: string; readonly bytes: string }>()
    const size = await client.query({
      query: `SELECT sum(raw.size) AS json FROM ${prefix}_events`,
      format: 'JSONEachRow',
    })
    const [value] = await size.json<{ readonly json: string }>()
    const rows = Number(found?.rows)
    const onDisk = Number(found?.bytes) / rows
    const json = Number(value?.json) / rows
    return {
      rows,
      parts: Number(found?.parts),
      bytes_on_disk_an_event: rounded(onDisk),
      json_bytes_an_event: rounded(json),
      json_over_disk: rounded(json / onDisk),
    }
  }

  async function measure(question: Question): Promise<void> {
    const rounds = runs * roundsARun
    // As a program sees it, decoding included; the first round warms up.
    const taken: number[] = []
    for (let round = 0; round <= rounds; round += 1) {
      const started = performance.now()
      const found = await question.ask(log, round)
      if (found === 0 && question.name.startsWith('stats')) throw new Error(`${question.name} found nothing`)
      if (round > 0) taken.push(performance.now() - started)
    }
    const plain: Cost[] = []
    const final: Cost[] = []
    for (let round = 0; round < runs * finalRoundsARun; round += 1) {
      recorder.take()
      await question.ask(recorded, round)
      const asked = recorder.take().filter(({ body }) => body.includes(table))
      plain.push(await costOfAll(asked))
      final.push(await costOfAll(asked.slice(0, 1).map((request) => withFinal(request, table))))
    }
    const name = question.name
    figures[`${name}_p95_ms`] = rounded(percentile(taken, 0.95))
    figures[`${name}_rows_read_percent`] = rounded((median(plain.map(({ rowsRead }) => rowsRead)) / stored.rows) * 100)
    figures[`${name}_final_p95_ms`] = rounded(
      percentile(
        final.map(({ ms }) => ms),
        0.95,
      ),
    )
    figures[`${name}_final_rows_read_percent`] = rounded(
      (median(final.map(({ rowsRead }) => rowsRead)) / stored.rows) * 100,
    )
    const pairs = plain.map(({ ms }, index) => (final[index]?.ms ?? Number.NaN) / ms)
    ratios[`${name}_vs_final`] = { value: rounded(median(pairs)), runs: pairs.map(rounded), target: null, met: null }
    progress(
      `${name}: p95 ${figures[`${name}_p95_ms`]} ms, ${figures[`${name}_rows_read_percent`]} % of the rows; with FINAL ${figures[`${name}_final_p95_ms`]} ms`,
    )
  }

  async function costOfAll(requests: readonly Parameters<typeof costOf>[1][]): Promise<Cost> {
    let [ms, rowsRead] = [0, 0]
    for (const request of requests) {
      const cost = await costOf(clickhouseUrl, request)
      ms += cost.ms
      rowsRead += cost.rowsRead
    }
    return { ms, rowsRead }
  }

  try {
    const rounds = runs * roundsARun
    for (const question of await questionsFor(client, shape, rounds)) await measure(question)
    progress('turning a thousand pages')
    await measure(await lastPages(log, rounds))
    return { ratios, figures }
  } finally {
    await recorder.stop()
    await log.close()
    await recorded.close()
    for (const name of ['events', 'quarantine', 'erased', 'entries', 'migrations']) {
      await client.command({ query: `DROP TABLE IF EXISTS ${prefix}_${name} SYNC` })
    }
    await client.close()
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
