/** The names of everything the audit log owns in its database. */
export interface TableNames {
  readonly events: string
  /** Rows that cannot stand among the events. */
  readonly quarantine: string
  /** Both of them as one, for reading; of all shards where there are several. */
  readonly entries: string
  /** Both of them as one on the node that is asked. */
  readonly localEntries: string
  /** Which migrations were applied. */
  readonly migrations: string
}

/** @param options `isSharded`: whether the rows stand on several shards. @default one */
export function tableNames(prefix: string, options: { readonly isSharded?: boolean } = {}): TableNames {
  const localEntries = `${prefix}_entries`
  return {
    events: `${prefix}_events`,
    quarantine: `${prefix}_quarantine`,
    entries: options.isSharded === true ? `${prefix}_entries_all` : localEntries,
    localEntries,
    migrations: `${prefix}_migrations`,
  }
}

/** The tables that hold rows of entries: who may see one of them by policy must be named in each. */
export function rowTables({ events, quarantine }: TableNames): readonly string[] {
  return [events, quarantine]
}
