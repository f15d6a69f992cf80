import { type Anomaly, createAnomalies } from '../../checker/anomalies.ts'
import { checkCommits } from '../../checker/check-commits.ts'
import { placeText } from '../../checker/history.ts'
import { staleOwnerships } from '../../checker/stale-ownerships.ts'
import type { WitnessedRecord } from '../../witness/witnessed-record.ts'
import { checkAppends } from './check-appends.ts'
import { insertFigures, type InsertFigures } from './insert-figures.ts'
import { type LogAnomalies, type LogAnomalyKind, logAnomalyKinds } from './log-anomalies.ts'
import type { LogHistory, TableRow } from './log-history.ts'
import { standingTimes } from './standing-times.ts'

/** What a run of the sink showed. */
export interface LogReport {
  readonly isOk: boolean
  readonly anomalies: Readonly<Record<LogAnomalyKind, number>>
  readonly examples: readonly Anomaly<LogAnomalyKind>[]
  readonly counts: {
    /** Records by the outcome of their publishing. */
    readonly published: number
    readonly unknown: number
    readonly failed: number
    /** In Kafka, in the log as read, and rows of the tables. */
    readonly stored: number
    readonly read: number
    readonly rows: number
    /** Rows that FINAL hides: copies of records that stand already. */
    readonly copies: number
  } & InsertFigures
}

/** Checks a run. Works with sets and hashes, never with sums: a loss and a duplicate would cancel each other. */
export function checkLog(history: LogHistory): LogReport {
  const anomalies = createAnomalies(logAnomalyKinds)
  const records = new Map(history.stored.map((record) => [nameOf(record), record]))
  const published = checkAppends(history, anomalies)
  checkEntries(history, records, published, anomalies)
  checkRows(history.finalRows, records, 'FINAL shows', anomalies)
  checkComplete(history, anomalies)
  const copies = checkCopies(history.physicalRows, records, anomalies)
  checkEnds(history, anomalies)
  checkCommits(
    { ownerships: history.ownerships, stored: new Map(history.stored.map((record) => [placeText(record), record])) },
    standingTimes(history),
    staleOwnerships(history),
    anomalies,
  )
  for (const { name, crash } of history.members.values()) {
    if (crash !== undefined) anomalies.add('crashed', `${name} ended by itself: ${crash}`)
  }

  const outcomes = { ok: 0, failed: 0, unknown: 0 }
  for (const { outcome = 'unknown', digests } of history.appends) outcomes[outcome] += digests.length
  return {
    isOk: anomalies.isNone,
    anomalies: anomalies.counts,
    examples: anomalies.examples,
    counts: {
      published: outcomes.ok,
      unknown: outcomes.unknown,
      failed: outcomes.failed,
      stored: records.size,
      read: history.entries.length,
      rows: history.physicalRows.length,
      copies,
      ...insertFigures(history),
    },
  }
}

function nameOf({ partition, offset }: { readonly partition: number; readonly offset: number }): string {
  return `${partition}@${offset}`
}

/** What the public reader gives: each once, in Kafka too, and byte for byte as it stands there and as it was published. */
function checkEntries(
  { entries }: LogHistory,
  records: ReadonlyMap<string, WitnessedRecord>,
  published: ReadonlyMap<string, string>,
  anomalies: LogAnomalies,
): void {
  const seen = new Set<string>()
  for (const entry of entries) {
    const name = nameOf(entry)
    if (seen.has(`${name}@${entry.timestampMs}`)) anomalies.add('doubled', `${name}: read twice`)
    seen.add(`${name}@${entry.timestampMs}`)
    const record = records.get(name)
    if (record === undefined || record.timestampMs !== entry.timestampMs) {
      anomalies.add('invented', `${name} of time ${entry.timestampMs}: read, and not in Kafka`)
      continue
    }
    if (record.digest !== entry.digest) anomalies.add('bytes', `${name}: read with another key, value, or header`)
    const digest = published.get(name)
    if (digest !== undefined && digest !== entry.digestInOrder)
      anomalies.add('bytes', `${name}: read otherwise than it was published`)
  }
}

function checkRows(
  rows: readonly TableRow[],
  records: ReadonlyMap<string, WitnessedRecord>,
  who: string,
  anomalies: LogAnomalies,
): void {
  const seen = new Set<string>()
  for (const row of rows) {
    const name = nameOf(row)
    if (seen.has(name)) anomalies.add('doubled', `${name}: ${who} it twice`)
    seen.add(name)
    checkRow(row, records, who, anomalies)
  }
}

function checkRow(
  row: TableRow,
  records: ReadonlyMap<string, WitnessedRecord>,
  who: string,
  anomalies: LogAnomalies,
): void {
  const name = nameOf(row)
  const record = records.get(name)
  if (record === undefined || record.timestampMs !== row.timestampMs) {
    anomalies.add('invented', `${name} of time ${row.timestampMs}: ${who} it, and it is not in Kafka`)
  } else if (record.hash !== row.hash || record.isTombstone !== row.isTombstone) {
    anomalies.add('bytes', `${name}: ${who} it with another value`)
  }
}

/** Every record of the topic stands in both views of the log. */
function checkComplete({ stored, entries, finalRows, ends }: LogHistory, anomalies: LogAnomalies): void {
  const committedTo = new Map(ends.map(({ partition, committed = 0 }) => [partition, committed]))
  const views = [
    { who: 'read', seen: new Set(entries.map(nameOf)) },
    { who: 'shown by FINAL', seen: new Set(finalRows.map(nameOf)) },
  ]
  for (const record of stored) {
    const missing = views.filter(({ seen }) => !seen.has(nameOf(record))).map(({ who }) => who)
    if (missing.length === 0) continue
    const committed = committedTo.get(record.partition) ?? 0
    const kind = record.offset < committed ? 'lost' : 'stuck'
    anomalies.add(kind, `${nameOf(record)}: in Kafka, committed to ${committed}, and not ${missing.join(', nor ')}`)
  }
}

/** Copies of one record are the same; what FINAL hides must be true as well. */
function checkCopies(
  rows: readonly TableRow[],
  records: ReadonlyMap<string, WitnessedRecord>,
  anomalies: LogAnomalies,
): number {
  const seen = new Set<string>()
  for (const row of rows) {
    seen.add(nameOf(row))
    checkRow(row, records, 'a row holds', anomalies)
  }
  return rows.length - seen.size
}

function checkEnds({ ends }: LogHistory, anomalies: LogAnomalies): void {
  for (const { topic, partition, committed = 0, end } of ends) {
    const name = `${topic}/${partition}: committed to ${committed}`
    if (committed < end) anomalies.add('stuck', `${name} of ${end}`)
    if (committed > end) anomalies.add('commits', `${name}, and ends at ${end}`)
  }
}
