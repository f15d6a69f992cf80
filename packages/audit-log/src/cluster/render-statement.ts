import type { ResolvedCluster } from './cluster-options.ts'

/** Where statements run that make or change tables. */
export interface Layout {
  readonly database: string
  /** Absent: one node. */
  readonly cluster?: ResolvedCluster
  /** The storage policy with which a table is made, should it not be there yet. */
  readonly storage?: { readonly table: string; readonly policy: string }
}

/** How long ClickHouse knows the token of an insert: a sink may repeat one after a week of outage. */
const windowSeconds = 604_800

const changesTable =
  /^((?:CREATE (?:TABLE|VIEW) IF NOT EXISTS|CREATE OR REPLACE TABLE|ALTER TABLE|DROP (?:TABLE|VIEW) IF EXISTS) (\w+))\b/

/**
 * A statement of a migration as it has to be for this layout. The migrations are written for one node, and their text never changes, because
 * databases keep its checksum.
 *
 * - `keeper`: on every node of the cluster, with the replicated engine of the same name, and the deduplication window of that engine.
 * - `shared`: with that window; the service replaces the engine by itself.
 * - `none`: as it stands.
 *
 * Keeper's path holds the table's name as text, not as the server's macro `{table}`: a table whose path depends on its name cannot be exchanged.
 *
 * @throws Error for a statement of another kind: it would reach one node only
 */
export function renderStatement(statement: string, layout: Layout): string {
  const { database, cluster } = layout
  const [, head, table] = changesTable.exec(statement) ?? []
  if (head === undefined || table === undefined) {
    throw new Error(`not known how this runs on a cluster: ${statement.slice(0, 60)}`)
  }
  const stored = withStorage(statement, table, layout)
  if (cluster === undefined || cluster.replication === 'none') return stored
  const windowed = stored.replaceAll(
    /\bnon_replicated_deduplication_window = (\d+)/g,
    `replicated_deduplication_window = $1, replicated_deduplication_window_seconds = ${windowSeconds}`,
  )
  if (cluster.replication === 'shared') return windowed
  const path = `${cluster.keeperPath}/${database}/${table}`
  return `${head} ON CLUSTER '${cluster.name}'${windowed.slice(head.length)}`.replace(
    /\bENGINE = (\w*MergeTree)\b(?:\(([^)]*)\))?/,
    (_, engine: string, parameters: string | undefined) =>
      `ENGINE = Replicated${engine}('${path}', '${cluster.replica}'${parameters === undefined ? '' : `, ${parameters}`})`,
  )
}

function withStorage(statement: string, table: string, { storage }: Layout): string {
  if (storage?.table !== table || !statement.startsWith('CREATE TABLE')) return statement
  return statement.replace(/\bSETTINGS /, `SETTINGS storage_policy = '${storage.policy}', `)
}
