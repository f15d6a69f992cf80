import {
  type AuditLog,
  type AuditLogEraser,
  type AuditLogInspector,
  type AuditPartition,
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
import type { Connection } from './clickhouse/connection.ts'
import { readError, writeError } from './clickhouse/error-table.ts'
import { merged } from './cluster/merged.ts'
import { createShards } from './cluster/shards.ts'
import { createTableStatements } from './cluster/table-statements.ts'
import { eraseEntries } from './erase/erase-entries.ts'
import { planErasure } from './erase/plan-erasure.ts'
import { exportEntries } from './export/export-entries.ts'
import { createAuditBlock } from './insert/create-audit-block.ts'
import { insertRange } from './insert/insert-range.ts'
import { createPieceStore } from './row/piece-store.ts'
import { lastStandingOffset, standingRecords } from './insert/standing-records.ts'
import { allMigrations } from './migrations/all-migrations.ts'
import { migrate, type MigrationReport } from './migrations/migrate.ts'
import { countStats } from './query/count-stats.ts'
import { encodeCursor } from './query/cursor.ts'
import { explainSelection } from './query/explain-selection.ts'
import { readByOffset } from './query/read-by-offset.ts'
import { readEntries } from './query/read-entries.ts'
import { queryEntries } from './query/query-entries.ts'
import { summarize } from './query/summarize.ts'
import { applyStorage, checkTiering } from './retention/apply-storage.ts'
import { type AuditMonth, dropMonths, listMonths } from './retention/months.ts'
import { readStorageOptions, type StorageOptions } from './retention/storage-options.ts'
import { tailEntries } from './tail/tail-entries.ts'
import { tableNames } from './table-names.ts'
import { checkScope } from './users/check-scope.ts'
import { scopedConnection } from './users/scoped-connection.ts'
import { inspectEntries } from './verify/inspect-entries.ts'
import { retentionDays } from './verify/retention-days.ts'

/** Options of {@link ClickHouseAuditLog.migrate}. */
export interface MigrateOptions extends WaitOptions, StorageOptions {}

/** The audit log in ClickHouse. */
export interface ClickHouseAuditLog extends AuditLog, AuditLogInspector, AuditLogEraser {
  /**
   * Makes the tables, or brings them up to date; nothing else does. Bears being run twice, and by two at once. Needs a user who may create
   * tables, in a database that exists.
   *
   * @param options how long entries are kept, by Kafka's time, and where. Without it new tables keep them 400 days, and the others as they did.
   * Shorter than before deletes.
   * @throws AuditLogError `AUDIT_MIGRATION_CHANGED`, `AUDIT_LOG_NEWER`, `AUDIT_LOG_UNREACHABLE`, `AUDIT_LOG_CONFIGURATION`, ...
   */
  migrate(options?: MigrateOptions): Promise<MigrationReport>
  /** The months that hold entries, the oldest first; records in quarantine belong to none. Needs the rights of who migrates. */
  months(options?: WaitOptions): Promise<readonly AuditMonth[]>
  /**
   * Drops whole months, at once and for good. A sink that is still reading such a month from Kafka fills it again.
   *
   * @param months `2026-01`, of Kafka's time in UTC
   */
  dropMonths(months: readonly string[], options?: WaitOptions): Promise<void>
}

/**
 * The audit log in ClickHouse. Connects nothing; `migrate()` makes the tables, `start()` checks that they can keep the promises.
 *
 * An insert waits for no `start()`: the first one runs its checks, so that nothing is ever written into tables that were not checked.
 *
 * @throws ConfigurationError for options that cannot work
 */
export function createAuditLog(options: AuditLogOptions): ClickHouseAuditLog {
  const {
    connection: connectionOptions,
    cluster,
    organization,
    tablePrefix,
    clock,
    logger,
  } = resolveAuditLogOptions(options)
  const shards = createShards(connectionOptions, cluster)
  const tables = tableNames(tablePrefix, { isSharded: shards.all.length > 1 })
  const connection = scoped(shards.asked)
  const needs = { connection, tables, clock, logger, shards, cluster, migrations: allMigrations }
  const layout = { database: connectionOptions.database, ...(cluster !== undefined && { cluster }) }
  const tableStatements = createTableStatements(shards, layout)
  const pieces = createPieceStore()
  let isChecked = false
  let isClosed = false

  async function check(wait: WaitOptions): Promise<void> {
    if (isClosed) throw new AuditLogError('the audit log is closed', { code: 'AUDIT_LOG_CLOSED' })
    if (isChecked) return
    try {
      await checkTables(needs, wait)
      if (organization !== undefined) await checkScopes(organization, wait)
    } catch (error) {
      wait.signal?.throwIfAborted()
      throw readError(error, `checking the audit log at ${connection.address}`)
    }
    isChecked = true
  }

  /** Nothing is read through it before this user is known to be scoped, where a scope is asked for. */
  function scoped(one: Connection): Connection {
    return organization === undefined ? one : scopedConnection(one, (wait) => checkScopes(organization, wait))
  }

  /** On every shard: a user whom a node does not know, or knows otherwise, sees what that node shows. */
  async function checkScopes(scope: string, wait: WaitOptions): Promise<void> {
    for (const one of new Set([shards.asked, ...shards.all])) await checkScope(one, tables, scope, wait)
  }

  /** Where the rows of a partition stand, all of them. */
  function placeOf({ topic, partition }: AuditPartition) {
    return { connection: scoped(shards.of(topic, partition)), tables: { ...tables, entries: tables.localEntries } }
  }

  async function insertChecked(range: AuditRange, how: InsertOptions): Promise<Outcome> {
    try {
      await check(how)
    } catch (error) {
      return { kind: 'failed', error: readError(error, `checking the audit log at ${connection.address}`) }
    }
    return insertRange(placeOf(range.block), range, how)
  }

  const log: ClickHouseAuditLog = {
    start: (wait = {}) => check(wait),
    async migrate(wait = {}) {
      try {
        const { tiering } = readStorageOptions(wait)
        if (tiering !== undefined) await checkTiering({ shards, tables }, tiering, wait)
        const storage = tiering === undefined ? undefined : { table: tables.events, policy: tiering.policy }
        const stored = createTableStatements(shards, { ...layout, ...(storage !== undefined && { storage }) })
        const report = await migrate({ ...needs, layout, tableStatements: stored }, wait)
        await applyStorage({ shards, tables, tableStatements }, wait, wait)
        return report
      } catch (error) {
        wait.signal?.throwIfAborted()
        throw migrationError(error, connection.address)
      }
    },
    async months(wait = {}) {
      try {
        return await listMonths({ shards, tables, tableStatements }, wait)
      } catch (error) {
        wait.signal?.throwIfAborted()
        throw readError(error, `listing the months of the audit log at ${connection.address}`)
      }
    },
    async dropMonths(months, wait = {}) {
      try {
        await dropMonths({ shards, tables, tableStatements }, months, wait)
      } catch (error) {
        wait.signal?.throwIfAborted()
        throw writeError(error, `dropping months of the audit log at ${connection.address}`)
      }
    },
    createBlock: (partition) => createAuditBlock(partition, clock, pieces),
    insert: (range, how = {}) => insertChecked(range, how),
    standing: (question, wait = {}) => standingRecords(placeOf(question), question, wait),
    lastStanding: (partition, wait = {}) => lastStandingOffset(placeOf(partition), partition, wait),
    query: (selection, wait = {}) => queryEntries(needs, selection, wait),
    read: (selection, wait = {}) => readEntries(needs, selection, wait),
    readByOffset: (selection, wait = {}) => readByOffset(needs, selection, wait),
    cursorOf: (entry, order) => encodeCursor(order, entry.record),
    // The numbers by which inserts are followed are those of one node.
    tail: (selection, wait = {}) => {
      if (cluster !== undefined && cluster.replication !== 'none') throw tailOfReplicas()
      return merged(
        shards.all.map(
          (one) => (signal) => tailEntries({ ...needs, connection: scoped(one) }, selection, { ...wait, signal }),
        ),
        wait.signal,
      )
    },
    trace: (story, wait = {}) => traceOf(log, story, wait),
    timeline: (selection, wait = {}) => timelineOf(log, selection, wait),
    summarize: (selection, wait = {}) => summarize(needs, selection, wait),
    stats: (selection, wait = {}) => countStats(needs, selection, wait),
    export: (selection, wait) => exportEntries(needs, selection, wait),
    explain: explainSelection,
    inspect: (span, wait = {}) => inspectEntries(needs, span, wait),
    retentionDays: (wait = {}) => retentionDays({ connection: shards.all[0], tables }, wait),
    planErasure: (selection, wait = {}) => planErasure(needs, selection, wait),
    erase: (plan, how) => eraseEntries(needs, plan, how),
    async close() {
      isClosed = true
      await shards.close()
    },
  }
  return log
}

/** umzug wraps what a migration threw. */
function migrationError(error: unknown, address: string): AuditLogError {
  const cause = error instanceof Error && error.name === 'MigrationError' ? error.cause : error
  return readError(cause, `migrating the audit log at ${address}`)
}

/** Replicas number an insert before it is visible, so following the numbers would pass over rows: rather no answer than one with holes. */
function tailOfReplicas(): AuditLogError {
  return new AuditLogError(
    'a log on replicated tables cannot be followed; ask it again and again, with query and a time',
    { code: 'AUDIT_LOG_CONFIGURATION' },
  )
}
