import type { Logger, WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { Connection } from '../clickhouse/connection.ts'
import type { ResolvedCluster } from '../cluster/cluster-options.ts'
import type { Shards } from '../cluster/shards.ts'
import type { Migration } from '../migrations/migration.ts'
import { createMigrationLedger } from '../migrations/migration-ledger.ts'
import { migrationState } from '../migrations/migration-state.ts'
import type { TableNames } from '../table-names.ts'
import { shardProblems } from './shard-problems.ts'
import { columnProblems, isReplicated, type TableFacts, writtenTableProblems } from './table-problems.ts'

/** What {@link checkTables} works with. */
export interface CheckNeeds {
  readonly shards: Shards
  readonly cluster: ResolvedCluster | undefined
  readonly tables: TableNames
  readonly migrations: readonly Migration[]
  readonly logger: Logger
}

/** Within a month copies meet; rows in quarantine may have any time, so they have no months. */
const eventsPartition = 'toYYYYMM(kafka_timestamp)'

/**
 * Whether the tables can keep the promises, on every shard, before the first row is written or read: a table without a deduplication window takes
 * every insert and answers `ok`, and the copies are only seen much later.
 *
 * @throws AuditLogError `AUDIT_LOG_NOT_MIGRATED`, `AUDIT_MIGRATION_CHANGED`, `AUDIT_LOG_NEWER`, `AUDIT_LOG_CONFIGURATION` with every problem
 */
export async function checkTables(needs: CheckNeeds, wait: WaitOptions = {}): Promise<void> {
  const { shards } = needs
  for (const connection of shards.all) await checkMigrations(needs, connection, wait)
  for (const [index, connection] of shards.all.entries()) {
    refuse(connection, [
      ...(await writtenProblems(needs, connection, wait)),
      ...(needs.cluster === undefined
        ? []
        : await shardProblems({ connection, cluster: needs.cluster, tables: needs.tables, index }, wait)),
    ])
  }
  if (!shards.all.includes(shards.asked)) refuse(shards.asked, await askedProblems(needs, wait))
}

async function writtenProblems(
  { tables, cluster, logger }: CheckNeeds,
  connection: Connection,
  wait: WaitOptions,
): Promise<readonly string[]> {
  const { events, quarantine, erased, localEntries } = tables
  const found = await describeTables(connection, [events, quarantine, erased, localEntries], wait)
  if (cluster === undefined && [...found.values()].some(isReplicated)) {
    logger.warn({ events }, 'the tables are replicated, but no cluster is named: inserts wait for one replica only')
  }
  return [
    ...problemsOf(found, events, (table) => writtenTableProblems(table, eventsPartition)),
    ...problemsOf(found, quarantine, (table) => writtenTableProblems(table, '')),
    ...problemsOf(found, erased, columnProblems),
    ...problemsOf(found, localEntries, columnProblems),
  ]
}

/** The node that is asked needs nothing but the table over all shards. */
async function askedProblems({ shards, tables }: CheckNeeds, wait: WaitOptions): Promise<readonly string[]> {
  return problemsOf(await describeTables(shards.asked, [tables.entries], wait), tables.entries, columnProblems)
}

function problemsOf(
  found: ReadonlyMap<string, TableFacts>,
  name: string,
  problems: (table: TableFacts) => readonly string[],
): readonly string[] {
  const table = found.get(name)
  return table === undefined ? [`${name}: the table is missing, or this user may not see it`] : problems(table)
}

function refuse({ address }: Connection, problems: readonly string[]): void {
  if (problems.length === 0) return
  throw new AuditLogError(`the audit log at ${address} cannot keep its promises: ${problems.join('; ')}`, {
    code: 'AUDIT_LOG_CONFIGURATION',
  })
}

async function checkMigrations(
  { tables, migrations, logger }: CheckNeeds,
  connection: Connection,
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
    `the audit log at ${connection.address} is not migrated (${what}); run "ledgerbus audit migrate", or migrate() with a user who may create tables`,
    { code: 'AUDIT_LOG_NOT_MIGRATED' },
  )
}

async function describeTables(
  connection: Connection,
  names: readonly string[],
  wait: WaitOptions,
): Promise<ReadonlyMap<string, TableFacts>> {
  const [found, columns] = await Promise.all([
    connection.rows<{
      readonly name: string
      readonly engine: string
      readonly engine_full: string
      readonly sorting_key: string
      readonly partition_key: string
    }>(
      'SELECT name, engine, engine_full, sorting_key, partition_key FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}',
      { names },
      wait,
    ),
    connection.rows<{
      readonly table: string
      readonly name: string
      readonly type: string
      readonly default_kind: string
    }>(
      'SELECT table, name, type, default_kind FROM system.columns WHERE database = currentDatabase() AND table IN {names:Array(String)}',
      { names },
      wait,
    ),
  ])
  return new Map(
    found.map((table) => {
      const own = columns.filter((column) => column.table === table.name)
      return [
        table.name,
        {
          name: table.name,
          engine: table.engine,
          engineFull: table.engine_full,
          sortingKey: table.sorting_key,
          partitionKey: table.partition_key,
          columns: new Map(own.map(({ name, type }) => [name, type])),
          computedColumns: own.filter(({ default_kind: kind }) => isComputed(kind)).map(({ name }) => name),
        },
      ]
    }),
  )
}

function isComputed(defaultKind: string): boolean {
  return ['MATERIALIZED', 'ALIAS', 'EPHEMERAL'].includes(defaultKind)
}
