import type { ResolvedCluster } from './cluster-options.ts'
import type { TableNames } from '../table-names.ts'

/**
 * The table over the entries of all shards. It holds nothing but the shape of theirs, so it is made anew after every migration; nothing is ever
 * inserted through it: it would cut a range in pieces and store them later.
 */
export function distributedEntries(tables: TableNames, { name }: ResolvedCluster, database: string): string {
  return `CREATE OR REPLACE TABLE ${tables.entries} AS ${tables.localEntries}
ENGINE = Distributed('${name}', '${database}', '${tables.localEntries}')
COMMENT 'Ledgerbus: ${tables.localEntries} of all shards, for reading; add FINAL to count'`
}
