import type { WaitOptions } from '@ledgerbus/core'
import type { Connection } from '../clickhouse/connection.ts'
import type { ResolvedCluster } from '../cluster/cluster-options.ts'
import type { TableNames } from '../table-names.ts'

/** A node, and which shard it should be. */
export interface ShardPlace {
  readonly connection: Connection
  readonly cluster: ResolvedCluster
  readonly tables: TableNames
  /** In `cluster.shards`, from 0. */
  readonly index: number
}

interface ClusterNode {
  readonly shard_num: number
  readonly is_local: number
}

/**
 * Whether a node is the shard it is taken for, and whether all replicas of the shard hold the tables.
 *
 * Two sinks with the shards in another order would write one partition to two shards, where neither tokens nor sort keys meet.
 */
export async function shardProblems(place: ShardPlace, wait: WaitOptions): Promise<readonly string[]> {
  const { connection, cluster } = place
  // There the service keeps its nodes, and they change by themselves.
  if (cluster.replication === 'shared') return []
  const nodes = await connection.rows<ClusterNode>(
    'SELECT shard_num, is_local FROM system.clusters WHERE cluster = {name:String}',
    { name: cluster.name },
    wait,
  )
  if (nodes.length === 0)
    return [`there is no cluster ${cluster.name} in its remote_servers, or this user may not see it`]
  const expected = Math.max(cluster.shards.length, 1)
  const shards = new Set(nodes.map((node) => node.shard_num)).size
  if (shards !== expected) {
    return [`the cluster ${cluster.name} has ${shards} shards, but cluster.shards names ${expected}`]
  }
  const own = nodes.find((node) => node.is_local === 1)?.shard_num
  if (own === undefined) return [`it is no node of the cluster ${cluster.name}`]
  if (own !== place.index + 1) {
    return [
      `it is shard ${own} of the cluster ${cluster.name}, but cluster.shards names it as number ${place.index + 1}`,
    ]
  }
  if (cluster.replication === 'none') return []
  return replicaProblems(place, nodes.filter((node) => node.shard_num === own).length, wait)
}

async function replicaProblems(
  { connection, tables }: ShardPlace,
  expected: number,
  wait: WaitOptions,
): Promise<readonly string[]> {
  const names = [tables.events, tables.quarantine, tables.erased, tables.migrations]
  const replicas = await connection.rows<{ readonly table: string; readonly total_replicas: number }>(
    'SELECT table, total_replicas FROM system.replicas WHERE database = currentDatabase() AND table IN {names:Array(String)}',
    { names },
    wait,
  )
  return names.flatMap((name) => {
    const total = replicas.find(({ table }) => table === name)?.total_replicas ?? 0
    return total >= expected
      ? []
      : [`${name}: ${total} of ${expected} replicas hold it; make it on the others as SHOW CREATE TABLE prints it here`]
  })
}
