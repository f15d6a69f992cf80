import { type Connection, type ConnectionOptions, createConnection } from '../clickhouse/connection.ts'
import type { ResolvedCluster } from './cluster-options.ts'
import { shardOf } from './shard-of.ts'
import { clusterSettings, withSettings } from './with-settings.ts'

/** The ways to the nodes that hold rows. */
export interface Shards {
  /** Where questions go: any node knows all rows. */
  readonly asked: Connection
  /** One a shard, in the cluster's order. */
  readonly all: readonly [Connection, ...Connection[]]
  /** Where the rows of a partition are written. */
  of(topic: string, partition: number): Connection
  close(): Promise<void>
}

export function createShards(options: ConnectionOptions, cluster: ResolvedCluster | undefined): Shards {
  const connect = (url: string): Connection => {
    const connection = createConnection({ ...options, url })
    return cluster === undefined
      ? connection
      : withSettings(connection, clusterSettings(cluster, options.requestTimeoutMs))
  }
  const asked = connect(options.url)
  const [first = asked, ...others] = (cluster?.shards ?? []).map((url) => connect(url))
  const all = [first, ...others] as const
  return {
    asked,
    all,
    of: (topic, partition) => all[shardOf(topic, partition, all.length)] ?? first,
    async close() {
      await Promise.all([...new Set([asked, ...all])].map((connection) => connection.close()))
    },
  }
}
