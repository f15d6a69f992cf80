/** The names of everything the audit log owns in its database. */
export interface TableNames {
  readonly events: string
  /** Rows that cannot stand among the events. */
  readonly quarantine: string
  /** What is left of erased entries: their markers. */
  readonly erased: string
  /** All of them as one, for reading; of all shards where there are several. */
  readonly entries: string
  /** All of them as one on the node that is asked. */
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
    erased: `${prefix}_erased`,
    entries: options.isSharded === true ? `${prefix}_entries_all` : localEntries,
    localEntries,
    migrations: `${prefix}_migrations`,
  }
}

/** The tables that hold rows of entries: who may see one of them by policy must be named in each. */
export function rowTables({ events, quarantine, erased }: TableNames): readonly string[] {
  return [events, quarantine, erased]
}
