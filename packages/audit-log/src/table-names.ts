/** The names of everything the audit log owns in its database. */
export interface TableNames {
  readonly events: string
  /** Rows that cannot stand among the events. */
  readonly quarantine: string
  /** What is left of erased entries: their markers. */
  readonly erased: string
  /** All of them as one, for reading. */
  readonly entries: string
  /** Which migrations were applied. */
  readonly migrations: string
}

export function tableNames(prefix: string): TableNames {
  return {
    events: `${prefix}_events`,
    quarantine: `${prefix}_quarantine`,
    erased: `${prefix}_erased`,
    entries: `${prefix}_entries`,
    migrations: `${prefix}_migrations`,
  }
}
