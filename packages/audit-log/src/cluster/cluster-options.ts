/** A ClickHouse of more than one node. */
export interface ClusterOptions {
  /** The cluster's name in `remote_servers`. */
  readonly name: string
  /**
   * How the nodes of a shard hold the same rows.
   *
   * - `keeper`: replicated engines; statements go `ON CLUSTER`, and an insert is acknowledged by a majority of the replicas.
   * - `none`: one node a shard; statements are sent to each.
   * - `shared`: SharedMergeTree, where the service replicates by itself and has one shard.
   *
   * @default 'keeper'
   */
  readonly replication?: Replication
  /**
   * One address a shard, in the cluster's order: a node of it, or what balances over its replicas. Rows of a topic's partition always go to
   * the same shard, so every sink must say the same. @default the log's `url`, as the only shard
   */
  readonly shards?: readonly string[]
  /** With `keeper`: the folder in Keeper; database and table are appended. `{shard}` is a macro of the nodes. @default '/clickhouse/tables/{shard}' */
  readonly keeperPath?: string
  /** With `keeper`: what a node calls itself. @default '{replica}' */
  readonly replica?: string
  /**
   * With `keeper`: whether inserts reach their majorities side by side, or one after the other. Only the latter lets every read see every
   * acknowledged row whatever replica answers (ClickHouse: `insert_quorum_parallel`, `select_sequential_consistency`); then a table takes one
   * insert at a time, others are refused as busy and come again. @default 'parallel'
   */
  readonly quorum?: 'parallel' | 'sequential'
}

/** Who keeps the nodes of a shard alike. */
export type Replication = 'keeper' | 'none' | 'shared'

/** Cluster options with every default. */
export interface ResolvedCluster {
  readonly name: string
  readonly replication: Replication
  /** None: the log's own address is the only shard. */
  readonly shards: readonly string[]
  readonly keeperPath: string
  readonly replica: string
  readonly quorum: 'parallel' | 'sequential'
}

export function resolveCluster(options: ClusterOptions): ResolvedCluster {
  const {
    name,
    replication = 'keeper',
    shards = [],
    keeperPath = '/clickhouse/tables/{shard}',
    replica = '{replica}',
    quorum = 'parallel',
  } = options
  return { name, replication, shards, keeperPath, replica, quorum }
}

/** All of these stand in statements as they are. */
const plainName = /^[A-Za-z_][\w.-]*$/
const plainPath = /^(?:\/[\w.{}-]+)+$/
const plainReplica = /^[\w.{}-]+$/

/** What is wrong with the options of a cluster, a sentence each. */
export function clusterProblems(options: ClusterOptions): readonly string[] {
  const { name, replication, shards, keeperPath, replica } = resolveCluster(options)
  return [
    plainName.test(name) || 'cluster.name must be letters, digits, _, . and -',
    plainPath.test(keeperPath) ||
      'cluster.keeperPath must be a path such as /clickhouse/tables/{shard}, without a slash at its end',
    replication !== 'keeper' ||
      shards.length < 2 ||
      keeperPath.includes('{shard}') ||
      'cluster.keeperPath must hold {shard}: shards that share a path would be replicas of each other',
    plainReplica.test(replica) || 'cluster.replica must be letters, digits, _, ., - and macros in braces',
    replication !== 'shared' || shards.length === 0 || 'cluster.shards must be left out where replication is shared',
    new Set(shards).size === shards.length || 'cluster.shards must not name an address twice',
  ].filter((problem) => problem !== true)
}
