import type { ClickHouseSettings } from '@clickhouse/client'
import { describe, expect, it } from 'vitest'
import { createFakeConnection } from '../../test/support/fake-connection.ts'
import type { Connection } from '../clickhouse/connection.ts'
import { type ClusterOptions, resolveCluster } from './cluster-options.ts'
import { clusterSettings, withSettings } from './with-settings.ts'

/** What a connection of this cluster sends with an insert, a question and a look at the server. */
async function sentBy(options: Partial<ClusterOptions>): Promise<readonly (ClickHouseSettings | undefined)[]> {
  const sent: (ClickHouseSettings | undefined)[] = []
  const base: Connection = {
    ...createFakeConnection(),
    insert: async (_, __, settings) => void sent.push(settings),
    rows: async (_, __, wait) => {
      sent.push(wait?.settings)
      return []
    },
    bytes(statement, settings) {
      sent.push(settings)
      return createFakeConnection().bytes(statement, settings)
    },
  }
  const connection = withSettings(base, clusterSettings(resolveCluster({ name: 'main', ...options }), 30_000))
  await connection.insert('INSERT', [], { insert_deduplication_token: 'a' })
  for await (const _ of connection.bytes({ sql: 'SELECT', parameters: new Map() }, { max_block_size: '1' }));
  await connection.rows('SELECT', {})
  return sent
}

describe('a connection to a cluster', () => {
  it('lets an insert wait for a majority, side by side with others, and answer before the client gives up', async () => {
    expect(await sentBy({})).toEqual([
      {
        insert_deduplication_token: 'a',
        insert_quorum: 'auto',
        insert_quorum_parallel: 1,
        insert_quorum_timeout: 24_000,
      },
      { max_block_size: '1' },
      {},
    ])
  })

  it('reads sequentially only where inserts reach their majority one by one: else it would promise what it cannot keep', async () => {
    expect(await sentBy({ quorum: 'sequential' })).toMatchObject([
      { insert_quorum: 'auto', insert_quorum_parallel: 0 },
      { max_block_size: '1', select_sequential_consistency: '1' },
      { select_sequential_consistency: '1' },
    ])
  })

  it('of single nodes needs nothing, and one of a service that replicates by itself has no quorums', async () => {
    expect(await sentBy({ replication: 'none' })).toEqual([
      { insert_deduplication_token: 'a' },
      { max_block_size: '1' },
      {},
    ])
    expect(await sentBy({ replication: 'shared' })).toMatchObject([
      { insert_deduplication_token: 'a' },
      { select_sequential_consistency: '1' },
      { select_sequential_consistency: '1' },
    ])
  })
})
