import { describe, expect, it } from 'vitest'
import { allMigrations } from '../migrations/all-migrations.ts'
import { statementsOf } from '../migrations/migration.ts'
import { ledgerStatement } from '../migrations/migration-ledger.ts'
import { tableNames } from '../table-names.ts'
import { resolveCluster } from './cluster-options.ts'
import { type Layout, renderStatement } from './render-statement.ts'

const tables = tableNames('audit')
const statements = [
  ledgerStatement(tables.migrations),
  ...allMigrations.flatMap((one) => statementsOf(one, tables)).filter((one) => !one.startsWith('INSERT INTO ')),
]
const layoutOf = (options: Parameters<typeof resolveCluster>[0]): Layout => ({
  database: 'logs',
  cluster: resolveCluster(options),
})
const keeper = layoutOf({ name: 'main' })

describe('a statement of a migration', () => {
  it('stays as it is on one node, and on nodes that are told one by one', () => {
    for (const statement of statements) {
      expect(renderStatement(statement, { database: 'logs' })).toBe(statement)
      expect(renderStatement(statement, layoutOf({ name: 'main', replication: 'none' }))).toBe(statement)
    }
  })

  it('reaches every node of a cluster with Keeper', () => {
    for (const statement of statements) {
      expect(renderStatement(statement, keeper).match(/ ON CLUSTER 'main'/g)).toHaveLength(1)
    }
    expect(renderStatement('ALTER TABLE audit_events ADD COLUMN IF NOT EXISTS x UInt8', keeper)).toBe(
      "ALTER TABLE audit_events ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS x UInt8",
    )
  })

  it('gets the replicated engine with a path of its own for every table, whatever the engine takes besides', () => {
    const rendered = statements.map((statement) => renderStatement(statement, keeper))
    const paths = rendered.flatMap(
      (one) => /ENGINE = ReplicatedReplacingMergeTree\('([^']+)', '\{replica\}'\)/.exec(one)?.[1] ?? [],
    )
    expect(new Set(paths).size).toBe(paths.length)
    expect(paths).toContain('/clickhouse/tables/{shard}/logs/audit_events')
    expect(rendered.filter((one) => /ENGINE = \w*MergeTree/.test(one))).toHaveLength(paths.length)
    expect(
      renderStatement('CREATE TABLE IF NOT EXISTS t (x UInt8) ENGINE = ReplacingMergeTree(x) ORDER BY x', keeper),
    ).toContain("ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/logs/t', '{replica}', x) ORDER BY x")
  })

  it('keeps tokens in the window of its engine, for a week', () => {
    for (const layout of [keeper, layoutOf({ name: 'default', replication: 'shared' })]) {
      const rendered = statements.map((statement) => renderStatement(statement, layout)).join('\n')
      expect(rendered).not.toContain('non_replicated_deduplication_window')
      expect(rendered).toContain(
        'replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800',
      )
    }
  })

  it('is left to a service that replicates by itself, but for the window', () => {
    const rendered = statements.map((one) => renderStatement(one, layoutOf({ name: 'default', replication: 'shared' })))
    for (const one of rendered) expect(one).not.toMatch(/ON CLUSTER|Replicated/)
  })

  it('makes the table of events with its storage policy, and no other', () => {
    const storage = { table: tables.events, policy: 'tiered' }
    const rendered = statements.map((statement) => renderStatement(statement, { ...keeper, storage }))
    expect(rendered.filter((one) => one.includes("storage_policy = 'tiered', index_granularity"))).toHaveLength(1)
  })

  it('of a kind that would reach one node only is refused', () => {
    expect(() => renderStatement('OPTIMIZE TABLE audit_events', keeper)).toThrow(/not known how this runs on a cluster/)
  })
})
