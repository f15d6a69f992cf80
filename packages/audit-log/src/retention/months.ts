import type { WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { Connection } from '../clickhouse/connection.ts'
import type { Shards } from '../cluster/shards.ts'
import type { TableStatements } from '../cluster/table-statements.ts'
import type { TableNames } from '../table-names.ts'

/** A month of the log: one partition of the table, of all shards together. */
export interface AuditMonth {
  /** `2026-01`, of Kafka's time in UTC. */
  readonly month: string
  /** As stored: copies that were not merged yet count. */
  readonly rows: number
  /** On the disks, of one replica. */
  readonly bytes: number
  /** Kafka's times of the first and the last row, in milliseconds since 1970, to the second. */
  readonly firstMs: number
  readonly lastMs: number
}

/** What the functions of this file work with. */
export interface MonthNeeds {
  readonly shards: Shards
  readonly tableStatements: TableStatements
  readonly tables: TableNames
}

const monthForm = /^\d{4}-(?:0[1-9]|1[0-2])$/

/** The months that hold rows, the oldest first. The quarantine has no months. */
export async function listMonths({ shards, tables }: MonthNeeds, wait: WaitOptions): Promise<readonly AuditMonth[]> {
  const found = (await Promise.all(shards.all.map((connection) => monthsOf(connection, tables.events, wait)))).flat()
  const months = new Map<string, AuditMonth>()
  for (const one of found) {
    const other = months.get(one.month)
    months.set(one.month, other === undefined ? one : added(one, other))
  }
  return [...months.values()].toSorted((left, right) => (left.month < right.month ? -1 : 1))
}

/**
 * Drops whole months, on every shard and replica, at once and for good. A month without rows is dropped already.
 *
 * @throws AuditLogError `AUDIT_LOG_CONFIGURATION` for what is no month
 */
export async function dropMonths(
  { tables, tableStatements }: MonthNeeds,
  months: readonly string[],
  wait: WaitOptions,
): Promise<void> {
  const wrong = months.find((month) => !monthForm.test(month))
  if (wrong !== undefined) {
    throw new AuditLogError(`a month is written 2026-01, not ${wrong}`, { code: 'AUDIT_LOG_CONFIGURATION' })
  }
  for (const month of months) {
    await tableStatements.run(`ALTER TABLE ${tables.events} DROP PARTITION ${month.replace('-', '')}`, wait)
  }
}

async function monthsOf(connection: Connection, table: string, wait: WaitOptions): Promise<readonly AuditMonth[]> {
  const rows = await connection.rows<{
    readonly partition: string
    readonly rows: string
    readonly bytes: string
    readonly first: string
    readonly last: string
  }>(
    `SELECT partition, sum(rows) AS rows, sum(bytes_on_disk) AS bytes,
  toUnixTimestamp(min(min_time)) AS first, toUnixTimestamp(max(max_time)) AS last
FROM system.parts WHERE database = currentDatabase() AND table = {table:String} AND active
GROUP BY partition HAVING rows > 0`,
    { table },
    wait,
  )
  return rows.map((row) => ({
    month: `${row.partition.slice(0, -2)}-${row.partition.slice(-2)}`,
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    firstMs: Number(row.first) * 1_000,
    lastMs: Number(row.last) * 1_000,
  }))
}

function added(one: AuditMonth, other: AuditMonth): AuditMonth {
  return {
    month: one.month,
    rows: one.rows + other.rows,
    bytes: one.bytes + other.bytes,
    firstMs: Math.min(one.firstMs, other.firstMs),
    lastMs: Math.max(one.lastMs, other.lastMs),
  }
}
