import type { AuditLog, Outcome, WaitOptions } from '@ledgerbus/core'
import type { AuditLogError } from './audit-log-error.ts'
import { type AuditLogOptions, resolveAuditLogOptions } from './audit-log-options.ts'
import { checkTables } from './check/check-tables.ts'
import { createConnection } from './clickhouse/connection.ts'
import { readError } from './clickhouse/error-table.ts'
import { insertRange } from './insert/insert-range.ts'
import { allMigrations } from './migrations/all-migrations.ts'
import { migrate, type MigrationReport } from './migrations/migrate.ts'
import { encodeCursor } from './query/cursor.ts'
import { readEntries } from './query/read-entries.ts'
import { readPage } from './query/read-page.ts'
import { summarize } from './query/summarize.ts'
import { tableNames } from './table-names.ts'

/** The audit log in ClickHouse. */
export interface ClickHouseAuditLog extends AuditLog {
  /**
   * Makes the tables, or brings them up to date; nothing else does. Bears being run twice, and by two at once. Needs a user who may create
   * tables, in a database that exists.
   *
   * @throws AuditLogError `AUDIT_MIGRATION_CHANGED`, `AUDIT_LOG_UNREACHABLE`, `AUDIT_LOG_CONFIGURATION`, ...
   */
  migrate(options?: WaitOptions): Promise<MigrationReport>
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
  let isChecked = false

  async function check(wait: WaitOptions): Promise<void> {
    if (isChecked) return
    try {
      await checkTables(needs, wait)
    } catch (error) {
      wait.signal?.throwIfAborted()
      throw readError(error, `checking the audit log at ${connection.address}`)
    }
    isChecked = true
  }

  async function insertChecked(range: Parameters<AuditLog['insert']>[0], wait: WaitOptions): Promise<Outcome> {
    try {
      await check(wait)
    } catch (error) {
      return { kind: 'failed', error: readError(error, `checking the audit log at ${connection.address}`) }
    }
    return insertRange(needs, range, wait)
  }

  return {
    start: (wait = {}) => check(wait),
    async migrate(wait = {}) {
      try {
        return await migrate(needs, wait)
      } catch (error) {
        wait.signal?.throwIfAborted()
        throw migrationError(error, connection.address)
      }
    },
    insert: (range, wait = {}) => insertChecked(range, wait),
    page: (selection, wait = {}) => readPage(needs, selection, wait),
    read: (selection, wait = {}) => readEntries(needs, selection, wait),
    cursorOf: (entry, order) => encodeCursor(order, entry.record),
    summarize: (selection, wait = {}) => summarize(needs, selection, wait),
    close: () => connection.close(),
  }
}

/** umzug wraps what a migration threw. */
function migrationError(error: unknown, address: string): AuditLogError {
  const cause = error instanceof Error && error.name === 'MigrationError' ? error.cause : error
  return readError(cause, `migrating the audit log at ${address}`)
}
