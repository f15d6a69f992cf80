import {
  type AuditLog,
  type AuditRange,
  type InsertOptions,
  type Outcome,
  timelineOf,
  traceOf,
  type WaitOptions,
} from '@ledgerbus/core'
import { AuditLogError } from './audit-log-error.ts'
import { type AuditLogOptions, resolveAuditLogOptions } from './audit-log-options.ts'
import { checkTables } from './check/check-tables.ts'
import { createConnection } from './clickhouse/connection.ts'
import { readError } from './clickhouse/error-table.ts'
import { exportEntries } from './export/export-entries.ts'
import { createAuditBlock } from './insert/create-audit-block.ts'
import { insertRange } from './insert/insert-range.ts'
import { createPieceStore } from './insert/piece-store.ts'
import { lastStandingOffset, standingRecords } from './insert/standing-records.ts'
import { allMigrations } from './migrations/all-migrations.ts'
import { applyRetention } from './migrations/apply-retention.ts'
import { migrate, type MigrationReport } from './migrations/migrate.ts'
import { countStats } from './query/count-stats.ts'
import { encodeCursor } from './query/cursor.ts'
import { explainSelection } from './query/explain-selection.ts'
import { readEntries } from './query/read-entries.ts'
import { queryEntries } from './query/query-entries.ts'
import { summarize } from './query/summarize.ts'
import { tailEntries } from './tail/tail-entries.ts'
import { tableNames } from './table-names.ts'

/** Options of {@link ClickHouseAuditLog.migrate}. */
export interface MigrateOptions extends WaitOptions {
  /** For how many days entries are kept, 1 to 36,500. @default what the tables say; 400 for new ones */
  readonly retentionDays?: number
}

/** The audit log in ClickHouse. */
export interface ClickHouseAuditLog extends AuditLog {
  /**
   * Makes the tables, or brings them up to date; nothing else does. Bears being run twice, and by two at once. Needs a user who may create
   * tables, in a database that exists.
   *
   * @param options `retentionDays`: how long entries are kept, by Kafka's time. Without it new tables keep them 400 days, and the others as
   * they did. Shorter than before deletes.
   * @throws AuditLogError `AUDIT_MIGRATION_CHANGED`, `AUDIT_LOG_UNREACHABLE`, `AUDIT_LOG_CONFIGURATION`, ...
   */
  migrate(options?: MigrateOptions): Promise<MigrationReport>
}

/**
 * The audit log in ClickHouse. Connects nothing; `migrate()` makes the tables, `start()` checks that they can keep the promises.
 *
 * An insert waits for no `start()`: the first one runs its checks, so that nothing is ever written into tables that were not checked.
 *
 * @throws ConfigurationError for options that cannot work
 */
export function createAuditLog(options: AuditLogOptions): ClickHouseAuditLog {
  const { connection: connectionOptions, tablePrefix, clock, logger } = resolveAuditLogOptions(options)
  const connection = createConnection(connectionOptions)
  const tables = tableNames(tablePrefix)
  const needs = { connection, tables, clock, logger, migrations: allMigrations }
  const pieces = createPieceStore()
  let isChecked = false
  let isClosed = false

  async function check(wait: WaitOptions): Promise<void> {
    if (isClosed) throw new AuditLogError('the audit log is closed', { code: 'AUDIT_LOG_CLOSED' })
    if (isChecked) return
    try {
      await checkTables(needs, wait)
    } catch (error) {
      wait.signal?.throwIfAborted()
      throw readError(error, `checking the audit log at ${connection.address}`)
    }
    isChecked = true
  }

  async function insertChecked(range: AuditRange, how: InsertOptions): Promise<Outcome> {
    try {
      await check(how)
    } catch (error) {
      return { kind: 'failed', error: readError(error, `checking the audit log at ${connection.address}`) }
    }
    return insertRange(needs, range, how)
  }

  const log: ClickHouseAuditLog = {
    start: (wait = {}) => check(wait),
    async migrate(wait = {}) {
      try {
        const report = await migrate(needs, wait)
        if (wait.retentionDays !== undefined) await applyRetention(connection, tables, wait.retentionDays, wait)
        return report
      } catch (error) {
        wait.signal?.throwIfAborted()
        throw migrationError(error, connection.address)
      }
    },
    createBlock: (partition) => createAuditBlock(partition, clock, pieces),
    insert: (range, how = {}) => insertChecked(range, how),
    standing: (question, wait = {}) => standingRecords(needs, question, wait),
    lastStanding: (partition, wait = {}) => lastStandingOffset(needs, partition, wait),
    query: (selection, wait = {}) => queryEntries(needs, selection, wait),
    read: (selection, wait = {}) => readEntries(needs, selection, wait),
    cursorOf: (entry, order) => encodeCursor(order, entry.record),
    tail: (selection, wait = {}) => tailEntries(needs, selection, wait),
    trace: (story, wait = {}) => traceOf(log, story, wait),
    timeline: (selection, wait = {}) => timelineOf(log, selection, wait),
    summarize: (selection, wait = {}) => summarize(needs, selection, wait),
    stats: (selection, wait = {}) => countStats(needs, selection, wait),
    export: (selection, wait) => exportEntries(needs, selection, wait),
    explain: explainSelection,
    async close() {
      isClosed = true
      await connection.close()
    },
  }
  return log
}

/** umzug wraps what a migration threw. */
function migrationError(error: unknown, address: string): AuditLogError {
  const cause = error instanceof Error && error.name === 'MigrationError' ? error.cause : error
  return readError(cause, `migrating the audit log at ${address}`)
}
