import type { Logger, WaitOptions } from '@ledgerbus/core'
import { distributedEntries } from '../cluster/distributed-entries.ts'
import type { Layout } from '../cluster/render-statement.ts'
import type { Shards } from '../cluster/shards.ts'
import type { TableStatements } from '../cluster/table-statements.ts'
import type { TableNames } from '../table-names.ts'
import { type Migration, statementsOf } from './migration.ts'
import { createMigrationLedger, ledgerStatement } from './migration-ledger.ts'
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
  readonly shards: Shards
  readonly layout: Layout
  readonly tableStatements: TableStatements
  readonly tables: TableNames
  readonly migrations: readonly Migration[]
  readonly logger: Logger
}

/**
 * Applies what is pending, in order, and writes each into the ledger of every shard once all its statements ran. Killed in between, the next
 * run repeats the statements; two runs at once do the same twice, which every statement bears. Where there are several shards, the table over
 * them is made anew at the end.
 */
export async function migrate(
  { shards, layout, tableStatements, tables, migrations, logger }: MigrateNeeds,
  wait: WaitOptions = {},
): Promise<MigrationReport> {
  const ledgers = shards.all.map((connection) => createMigrationLedger(connection, tables.migrations))
  await tableStatements.run(ledgerStatement(tables.migrations), wait)

  /** Those that stand in every ledger: a shard that joined later has none yet. */
  async function present(): Promise<readonly string[]> {
    const found = await Promise.all(
      ledgers.map(async (ledger) => (await ledger.applied(wait)) ?? new Map<string, string>()),
    )
    // Before anything runs: a changed text must not be found after half of the others were applied.
    for (const applied of found) migrationState(migrations, applied)
    const [first = new Map<string, string>(), ...others] = found
    return [...first.keys()].filter((name) => others.every((applied) => applied.has(name)))
  }

  const before = await present()
  // umzug brings a command line of its own; only who migrates pays for loading it.
  const { Umzug } = await import('umzug')
  const umzug = new Umzug({
    migrations: migrations.map((migration) => ({
      name: migration.name,
      up: async () => {
        for (const statement of statementsOf(migration, tables)) await tableStatements.run(statement, wait)
      },
    })),
    storage: {
      executed: async () => [...(await present())],
      async logMigration({ name }) {
        const migration = migrations.find((candidate) => candidate.name === name)
        if (migration !== undefined) for (const ledger of ledgers) await ledger.record(migration, wait)
      },
      unlogMigration: () => Promise.reject(new Error('migrations of the audit log go forward only')),
    },
    logger: undefined,
  })
  const applied = (await umzug.up()).map(({ name }) => name)
  if (layout.cluster !== undefined && tables.entries !== tables.localEntries) {
    await tableStatements.run(distributedEntries(tables, layout.cluster, layout.database), wait)
  }
  for (const name of applied) logger.info({ migration: name }, 'migration applied')
  return { applied, present: before }
}
