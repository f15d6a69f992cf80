import type { WaitOptions } from '@ledgerbus/core'
import { type Layout, renderStatement } from './render-statement.ts'
import type { Shards } from './shards.ts'

/** Runs statements that make or change tables, so that all nodes get them. */
export interface TableStatements {
  /** @param statement as for one node */
  run(statement: string, options?: WaitOptions): Promise<void>
}

/** With Keeper one node hands a statement on to all others and answers when all have done it; without, each is told. */
export function createTableStatements(shards: Shards, layout: Layout): TableStatements {
  const told = layout.cluster?.replication === 'none' ? shards.all : [shards.all[0]]
  return {
    async run(statement, options) {
      const rendered = renderStatement(statement, layout)
      for (const connection of told) await connection.command(rendered, options)
    },
  }
}
