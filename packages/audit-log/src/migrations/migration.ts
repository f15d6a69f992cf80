import { createHash } from 'node:crypto'
import type { TableNames } from '../table-names.ts'

/**
 * One step of the tables' history. Once released it never changes: a changed text is refused where it was applied.
 *
 * There are no transactions and no locks, so each statement must bear being repeated, also by two at once: `IF NOT EXISTS`, `IF EXISTS`.
 * Additive, so that older versions work on beside it; a new sort key is a new table. Written for one node: a cluster's form is made of the text.
 */
export interface Migration {
  /**
   * `0001_create_audit_log`; the order of the names is the order of the steps. A name that ends in `_breaking` says that no older version can
   * work with the tables afterwards: those refuse to start. The name, because it is what older versions see of a newer one.
   */
  readonly name: string
  /** Single statements; `{events}`, `{quarantine}`, `{erased}`, `{entries}` stand for the names of the tables. */
  readonly statements: readonly string[]
}

/** Whether a migration that this version does not know shuts it out. */
export function isBreaking(name: string): boolean {
  return name.endsWith('_breaking')
}

/** The statements with the tables' names. */
export function statementsOf(migration: Migration, tables: TableNames): readonly string[] {
  return migration.statements.map((statement) =>
    statement
      .replaceAll('{events}', tables.events)
      .replaceAll('{quarantine}', tables.quarantine)
      .replaceAll('{erased}', tables.erased)
      .replaceAll('{entries}', tables.localEntries),
  )
}

/** Of the text as it stands in this package, whatever the tables are called. */
export function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.statements.join('\n;\n')).digest('hex')
}
