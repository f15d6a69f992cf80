import type { Logger, WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { Connection } from '../clickhouse/connection.ts'
import type { Migration } from '../migrations/migration.ts'
import { createMigrationLedger } from '../migrations/migration-ledger.ts'
import { migrationState } from '../migrations/migration-state.ts'
import type { TableNames } from '../table-names.ts'
import { columnProblems, type TableFacts, writtenTableProblems } from './table-problems.ts'

/** What {@link checkTables} works with. */
export interface CheckNeeds {
  readonly connection: Connection
  readonly tables: TableNames
  readonly migrations: readonly Migration[]
  readonly logger: Logger
}

/**
 * Whether the tables can keep the promises, before the first row is written or read: a table without a deduplication window takes every
 * insert and answers `ok`, and the copies are only seen much later.
 *
 * @throws AuditLogError `AUDIT_LOG_NOT_MIGRATED`, `AUDIT_MIGRATION_CHANGED`, `AUDIT_LOG_CONFIGURATION` with every problem
 */
export async function checkTables(needs: CheckNeeds, wait: WaitOptions = {}): Promise<void> {
  const { connection, tables } = needs
  await checkMigrations(needs, wait)
  const found = await describeTables(connection, tables, wait)
  const problems = [tables.events, tables.quarantine, tables.erased, tables.entries].flatMap((name) => {
    const table = found.get(name)
    if (table === undefined) return [`${name}: the table is missing, or this user may not see it`]
    return name === tables.entries || name === tables.erased ? columnProblems(table) : writtenTableProblems(table)
  })
  if (problems.length === 0) return
  throw new AuditLogError(`the audit log at ${connection.address} cannot keep its promises: ${problems.join('; ')}`, {
    code: 'AUDIT_LOG_CONFIGURATION',
  })
}

async function checkMigrations(
  { connection, tables, migrations, logger }: CheckNeeds,
  wait: WaitOptions,
): Promise<void> {
  const applied = await createMigrationLedger(connection, tables.migrations).applied(wait)
  const { pending, unknown } = migrationState(migrations, applied)
  if (unknown.length > 0) logger.warn({ migrations: unknown }, 'the audit log was migrated by a newer version')
  if (pending.length === 0) return
  const what =
    applied === undefined
      ? `there are no tables ${tables.events}, ...`
      : `pending: ${pending.map(({ name }) => name).join(', ')}`
  throw new AuditLogError(
    `the audit log at ${connection.address} is not migrated (${what}); run "ledgerbus sink run --migrate", or migrate() with a user who may create tables`,
    { code: 'AUDIT_LOG_NOT_MIGRATED' },
  )
}

async function describeTables(
  connection: Connection,
  tables: TableNames,
  wait: WaitOptions,
): Promise<ReadonlyMap<string, TableFacts>> {
  const names = [tables.events, tables.quarantine, tables.erased, tables.entries]
  const [found, columns] = await Promise.all([
    connection.rows<{
      readonly name: string
      readonly engine: string
      readonly engine_full: string
      readonly sorting_key: string
    }>(
      'SELECT name, engine, engine_full, sorting_key FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}',
      { names },
      wait,
    ),
    connection.rows<{ readonly table: string; readonly name: string; readonly type: string }>(
      'SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND table IN {names:Array(String)}',
      { names },
      wait,
    ),
  ])
  return new Map(
    found.map((table) => [
      table.name,
      {
        name: table.name,
        engine: table.engine,
        engineFull: table.engine_full,
        sortingKey: table.sorting_key,
        columns: new Map(columns.filter((column) => column.table === table.name).map(({ name, type }) => [name, type])),
      },
    ]),
  )
}
