import type { WaitOptions } from '@ledgerbus/core'
import { type Layout, renderStatement } from './render-statement.ts'
import type { Shards } from './shards.ts'

/** Runs statements that make or change tables, so that all nodes get them. */
export interface TableStatements {
  /** @param statement as for one node */
  run(statement: string, options?: WaitOptions): Promise<void>
}

/**
 * With Keeper one node hands a statement on to all others and answers when all have done it; without, each is told. A row is stored on every shard:
 * no node hands it on.
 */
export function createTableStatements(shards: Shards, layout: Layout): TableStatements {
  const told = layout.cluster?.replication === 'none' ? shards.all : [shards.all[0]]
  return {
    async run(statement, options) {
      const isRow = statement.startsWith('INSERT INTO ')
      const rendered = isRow ? statement : renderStatement(statement, layout)
      for (const connection of isRow ? shards.all : told) await connection.command(rendered, options)
    },
  }
}
