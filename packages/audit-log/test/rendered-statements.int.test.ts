import { stackAddresses } from '@ledgerbus/testkit/stack'
import { describe, expect, it } from 'vitest'
import { type ClusterOptions, resolveCluster } from '../src/cluster/cluster-options.ts'
import { distributedEntries } from '../src/cluster/distributed-entries.ts'
import { renderStatement } from '../src/cluster/render-statement.ts'
import { describeAuditUsers } from '../src/index.ts'
import { allMigrations } from '../src/migrations/all-migrations.ts'
import { statementsOf } from '../src/migrations/migration.ts'
import { ledgerStatement } from '../src/migrations/migration-ledger.ts'
import { tableNames } from '../src/table-names.ts'
import { askClickHouse } from './support/own-log.ts'

// What one node cannot run, ON CLUSTER and replicated engines, its parser reads at least; and the names of settings are looked up.

const tables = tableNames('audit', { isSharded: true })
const clusters: readonly ClusterOptions[] = [
  { name: 'main' },
  { name: 'main', keeperPath: '/audit/{shard}', replica: '{replica}-{uuid}' },
  { name: 'default', replication: 'shared' },
  { name: 'main', replication: 'none' },
]
const made = [
  ledgerStatement(tables.migrations),
  // A migration's rows go to each shard as they are.
  ...allMigrations
    .flatMap((migration) => statementsOf(migration, tables))
    .filter((statement) => !statement.startsWith('INSERT ')),
  distributedEntries(tables, resolveCluster({ name: 'main' }), 'logs'),
  `ALTER TABLE ${tables.events} MODIFY TTL toStartOfMonth(kafka_timestamp) + toIntervalMonth(14)`,
  `ALTER TABLE ${tables.events} MODIFY SETTING storage_policy = 'tiered'`,
  `ALTER TABLE ${tables.events} DROP PARTITION 202601`,
]

function ask(sql: string): Promise<string> {
  return askClickHouse(stackAddresses().clickhouseUrl, sql)
}

/** How the server prints a statement that it read. */
async function parsed(statement: string): Promise<string> {
  return await ask(`SELECT formatQuerySingleLine($sql$${statement}$sql$) FORMAT TSVRaw`)
}

describe('a statement for a cluster', () => {
  it.each(clusters)('is read by the real server: %j', async (options) => {
    const cluster = resolveCluster(options)
    const storage = { table: tables.events, policy: 'tiered' }
    for (const statement of made) {
      const rendered = renderStatement(statement, { database: 'logs', cluster, storage })
      const text = await parsed(rendered)
      expect(text.includes('ON CLUSTER')).toBe(cluster.replication === 'keeper')
    }
  })

  it('names only settings that the real server has', async () => {
    const rendered = made.map((statement) =>
      renderStatement(statement, { database: 'logs', cluster: resolveCluster({ name: 'main' }) }),
    )
    const names = new Set(
      rendered.flatMap((one) =>
        [...(/\bSETTINGS ([^']*)/.exec(one)?.[1] ?? '').matchAll(/(\w+) =/g)].map(([, name]) => name),
      ),
    )
    expect(names.size).toBeGreaterThan(5)
    const known = await ask(
      `SELECT name FROM system.merge_tree_settings WHERE name IN (${[...names].map((name) => `'${name}'`).join(', ')})`,
    )
    expect(known.split('\n').toSorted()).toEqual([...names].toSorted())
  })
})

describe('a statement for users', () => {
  it.each([undefined, ...clusters])('is read by the real server: %j', async (cluster) => {
    const { sql } = describeAuditUsers({
      database: 'logs',
      users: [
        { name: 'sink', role: 'writer', password: 'a long password of sink' },
        { name: 'replayer', role: 'reader', password: 'a long password of replayer' },
        {
          name: 'acme_reader',
          role: 'organization-reader',
          organization: "o'acme\\",
          password: 'a long password of acme',
        },
        { name: 'migrator', role: 'migrator', password: 'a long password of migrator' },
        { name: 'eraser', role: 'eraser', password: 'a long password of eraser' },
      ],
      alsoSeeAll: ['default'],
      ...(cluster !== undefined && {
        cluster: { ...cluster, ...(cluster.replication !== 'shared' && { shards: ['http://a', 'http://b'] }) },
      }),
    })
    for (const statement of sql) expect(await parsed(statement)).not.toBe('')
    expect(sql.join('\n')).not.toContain('a long password')
  })
})
