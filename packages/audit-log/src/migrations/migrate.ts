import type { Logger, WaitOptions } from '@ledgerbus/core'
import type { Connection } from '../clickhouse/connection.ts'
import type { TableNames } from '../table-names.ts'
import { type Migration, statementsOf } from './migration.ts'
import { createMigrationLedger } from './migration-ledger.ts'
import { migrationState } from './migration-state.ts'

/** What `migrate()` did. */
export interface MigrationReport {
  /** Migrations applied now, in their order. */
  readonly applied: readonly string[]
  /** Migrations that stood before. */
  readonly present: readonly string[]
}

/** What {@link migrate} works with. */
export interface MigrateNeeds {
  readonly connection: Connection
  readonly tables: TableNames
  readonly migrations: readonly Migration[]
  readonly logger: Logger
}

/**
 * Applies what is pending, in order, and writes each into the ledger once all its statements ran. Killed in between, the next run repeats
 * the statements; two runs at once do the same twice, which every statement bears.
 */
export async function migrate(
  { connection, tables, migrations, logger }: MigrateNeeds,
  wait: WaitOptions = {},
): Promise<MigrationReport> {
  const ledger = createMigrationLedger(connection, tables.migrations)
  await ledger.create(wait)
  const before = (await ledger.applied(wait)) ?? new Map<string, string>()
  // Before anything runs: a changed text must not be found after half of the others were applied.
  migrationState(migrations, before)
  // umzug brings a command line of its own; only who migrates pays for loading it.
  const { Umzug } = await import('umzug')
  const umzug = new Umzug({
    migrations: migrations.map((migration) => ({
      name: migration.name,
      up: async () => {
        for (const statement of statementsOf(migration, tables)) await connection.command(statement, wait)
      },
    })),
    storage: {
      executed: async () => [...((await ledger.applied(wait)) ?? new Map<string, string>()).keys()],
      async logMigration({ name }) {
        const migration = migrations.find((candidate) => candidate.name === name)
        if (migration !== undefined) await ledger.record(migration, wait)
      },
      unlogMigration: () => Promise.reject(new Error('migrations of the audit log go forward only')),
    },
    logger: undefined,
  })
  const applied = (await umzug.up()).map(({ name }) => name)
  for (const name of applied) logger.info({ migration: name }, 'migration applied')
  return { applied, present: [...before.keys()] }
}
