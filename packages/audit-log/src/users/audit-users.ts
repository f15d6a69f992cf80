import type { Replication } from '../cluster/cluster-options.ts'
import { sortKeyColumns } from '../row/audit-columns.ts'
import { rowTables, type TableNames } from '../table-names.ts'

/** What a user of ClickHouse does for the audit log. */
export type AuditRole =
  /** The sink: adds rows, and sees coordinates and times of those that stand. */
  | 'writer'
  /** Reads every entry: replays, verification. */
  | 'reader'
  /** Reads the entries of one organization, within limits. */
  | 'organization-reader'
  /** Makes and changes the tables; no service. */
  | 'migrator'
  /** Deletes and overwrites rows, on request; no service. */
  | 'eraser'

/** A user that is to be. */
export interface AuditUser {
  readonly name: string
  readonly role: AuditRole
  /** For `organization-reader`. */
  readonly organization?: string
  /** SHA-256 of the password, in hexadecimal: what is printed holds no password. */
  readonly passwordSha256: string
}

/** What each question of an organization's reader may cost; none can be switched off, as 0 would. */
export interface ReaderLimits {
  /** @default 60 */
  readonly maxSeconds?: number
  /** @default 4 GiB */
  readonly maxMemoryBytes?: number
  /** @default 1,000,000,000 */
  readonly maxRowsToRead?: number
}

/** Where the users will work. */
export interface AuditUsersPlace {
  readonly database: string
  readonly tables: TableNames
  /** The cluster whose nodes get the users, if there is one. */
  readonly cluster?: { readonly name: string; readonly replication: Replication }
}

/** A setting as a user gets it: its value, and between what it may be set. */
export interface LimitedSetting {
  readonly name: string
  readonly value: number | string
  readonly min?: number
  readonly max?: number
  /** Nobody changes it. */
  readonly isFixed?: boolean
}

/** What the sink may see of a row: enough to know whether it stands, and nothing of what it says. */
const coordinates = [...sortKeyColumns, 'ingested_at'].join(', ')

/** Rights of a role, as `GRANT` takes them between its name and `TO`. */
export function grantsOf(role: AuditRole, { database, tables, cluster }: AuditUsersPlace): readonly string[] {
  const { events, quarantine, erased, localEntries, entries, migrations } = tables
  const held = rowTables(tables)
  const on = (table: string): string => `${database}.${table}`
  const merged = [...new Set([localEntries, entries])]
  const nodes = cluster === undefined ? [] : ['SELECT ON system.clusters', 'SELECT ON system.replicas']
  switch (role) {
    case 'writer':
      return [
        ...[events, quarantine].map((table) => `INSERT ON ${on(table)}`),
        ...[...held, ...merged].map((table) => `SELECT(${coordinates}) ON ${on(table)}`),
        ...[erased, ...merged].map((table) => `SHOW COLUMNS ON ${on(table)}`),
        `SELECT ON ${on(migrations)}`,
        ...nodes,
      ]
    case 'reader':
    case 'organization-reader':
      return [
        ...[...held, ...merged, migrations].map((table) => `SELECT ON ${on(table)}`),
        ...[...held, ...merged].map((table) => `SHOW ROW POLICIES ON ${on(table)}`),
        'SELECT ON system.row_policies',
        // Which inserts are new, to follow the log; of all organizations, so no reader of one may ask.
        ...(role === 'reader' ? ['SELECT ON system.parts'] : []),
        ...nodes,
      ]
    case 'migrator':
      return [
        // What else migrations make begins with the same letters.
        `CREATE TABLE, DROP TABLE, ALTER TABLE, TRUNCATE, SELECT, INSERT ON ${on(`${prefixOf(tables)}*`)}`,
        ...enginesOf(cluster).map((engine) => `TABLE ENGINE ON ${engine}`),
        // Tables without rows of their own are replaced; ClickHouse makes the new one under such a name.
        `CREATE TABLE, DROP TABLE, SELECT, INSERT ON ${on('_tmp_replace_*')}`,
        ...(entries === localEntries ? [] : ['READ, WRITE ON REMOTE']),
        ...(cluster?.replication === 'keeper' ? ['CLUSTER ON *.*'] : []),
        'SELECT ON system.parts',
        'SELECT ON system.storage_policies',
        ...nodes,
      ]
    case 'eraser':
      return [
        ...held.map((table) => `SELECT, ALTER DELETE, ALTER UPDATE ON ${on(table)}`),
        `INSERT ON ${on(erased)}`,
        'SELECT ON system.mutations',
        ...merged.map((table) => `SELECT ON ${on(table)}`),
        `SELECT ON ${on(migrations)}`,
        ...(cluster?.replication === 'keeper' ? ['CLUSTER ON *.*'] : []),
        ...nodes,
      ]
  }
}

/** Settings of a role. Readers may set what a question needs, but change nothing (`readonly = 2`). */
export function settingsOf(role: AuditRole, limits: ReaderLimits): readonly LimitedSetting[] {
  switch (role) {
    case 'writer':
      return [{ name: 'allow_ddl', value: 0, isFixed: true }]
    case 'reader':
      return [{ name: 'readonly', value: 2, isFixed: true }]
    case 'organization-reader': {
      const { maxSeconds = 60, maxMemoryBytes = 4 * 1024 ** 3, maxRowsToRead = 1_000_000_000 } = limits
      const atMost = (name: string, value: number): LimitedSetting => ({ name, value, min: 1, max: value })
      return [
        { name: 'readonly', value: 2, isFixed: true },
        atMost('max_execution_time', maxSeconds),
        atMost('max_memory_usage', maxMemoryBytes),
        atMost('max_rows_to_read', maxRowsToRead),
        atMost('max_concurrent_queries_for_user', 16),
        // 'break' would answer with a part of the rows, and nothing would say so.
        { name: 'timeout_overflow_mode', value: 'throw', isFixed: true },
        { name: 'read_overflow_mode', value: 'throw', isFixed: true },
      ]
    }
    case 'migrator':
    case 'eraser':
      return []
  }
}

function enginesOf(cluster: AuditUsersPlace['cluster']): readonly string[] {
  const own = cluster?.replication === 'keeper' ? ['ReplicatedReplacingMergeTree'] : ['ReplacingMergeTree']
  return [...own, 'Merge', ...(cluster === undefined ? [] : ['Distributed'])]
}

function prefixOf({ events }: TableNames): string {
  return events.slice(0, -'events'.length)
}
