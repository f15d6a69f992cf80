import type { ClickHouseSettings } from '@clickhouse/client'
import type { Connection, RowsOptions } from '../clickhouse/connection.ts'
import type { ResolvedCluster } from './cluster-options.ts'

/** Settings that a cluster needs beside those of the request. */
export interface ClusterSettings {
  readonly insert: ClickHouseSettings
  readonly read: ClickHouseSettings
}

/**
 * What makes an acknowledged insert survive the loss of a node, and what makes reads see it.
 *
 * ClickHouse gives sequential reads only where inserts reach their quorum one by one: with parallel quorums two majorities may differ, and no
 * replica need have all rows (documentation of `select_sequential_consistency`). SharedMergeTree has no quorums; there the setting reads the
 * newest state from Keeper.
 *
 * @param requestTimeoutMs after which the client gives up: the server answers before that
 */
export function clusterSettings(cluster: ResolvedCluster, requestTimeoutMs: number): ClusterSettings {
  const isSequential = cluster.quorum === 'sequential'
  switch (cluster.replication) {
    case 'none':
      return { insert: {}, read: {} }
    case 'shared':
      return { insert: {}, read: { select_sequential_consistency: '1' } }
    case 'keeper':
      return {
        insert: {
          insert_quorum: 'auto',
          insert_quorum_parallel: isSequential ? 0 : 1,
          insert_quorum_timeout: Math.ceil(requestTimeoutMs * 0.8),
        },
        read: isSequential ? { select_sequential_consistency: '1' } : {},
      }
  }
}

/** The same connection, with these settings at every insert and every question. */
export function withSettings(connection: Connection, settings: ClusterSettings): Connection {
  return {
    ...connection,
    insert: (sql, block, own, wait) => connection.insert(sql, block, { ...own, ...settings.insert }, wait),
    rows: <Row>(sql: string, parameters: Readonly<Record<string, unknown>>, options: RowsOptions = {}) =>
      connection.rows<Row>(sql, parameters, { ...options, settings: { ...options.settings, ...settings.read } }),
    bytes: (statement, own, wait) => connection.bytes(statement, { ...own, ...settings.read }, wait),
  }
}
