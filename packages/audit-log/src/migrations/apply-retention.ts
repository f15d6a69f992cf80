import type { WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { Connection } from '../clickhouse/connection.ts'
import type { TableNames } from '../table-names.ts'

/** A hundred years: longer than that is for ever. */
const maxDays = 36_500

/**
 * Sets for how many days entries are kept, where the tables say otherwise. Parts that are older than that disappear at their next merge; what is
 * gone does not come back with a longer retention.
 *
 * @throws AuditLogError `AUDIT_LOG_CONFIGURATION` for a number of days that cannot be
 */
export async function applyRetention(
  connection: Connection,
  tables: TableNames,
  days: number,
  wait: WaitOptions,
): Promise<void> {
  if (!Number.isInteger(days) || days < 1 || days > maxDays) {
    throw new AuditLogError(`retentionDays must be a whole number from 1 to ${maxDays}, not ${days}`, {
      code: 'AUDIT_LOG_CONFIGURATION',
    })
  }
  const found = await connection.rows<{ readonly name: string; readonly engine_full: string }>(
    'SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}',
    { names: [tables.events, tables.quarantine] },
    wait,
  )
  for (const { name, engine_full: engineFull } of found) {
    if (engineFull.includes(` + toIntervalDay(${days}) `)) continue
    const since = name === tables.events ? 'kafka_timestamp' : 'ingested_at'
    await connection.command(`ALTER TABLE ${name} MODIFY TTL ${since} + INTERVAL ${days} DAY DELETE`, wait)
  }
}
