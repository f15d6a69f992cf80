import { createHash } from 'node:crypto'
import type { TableNames } from '../table-names.ts'

/**
 * One step of the tables' history. Once released it never changes: a changed text is refused where it was applied.
 *
 * There are no transactions and no locks, so each statement must bear being repeated, also by two at once: `IF NOT EXISTS`, `IF EXISTS`.
 * Additive only; a new sort key is a new table.
 */
export interface Migration {
  /** `0001_create_audit_log`; the order of the names is the order of the steps. */
  readonly name: string
  /** Single statements; `{events}`, `{quarantine}`, `{erased}`, `{entries}` stand for the names of the tables. */
  readonly statements: readonly string[]
}

/** The statements with the tables' names. */
export function statementsOf(migration: Migration, tables: TableNames): readonly string[] {
  return migration.statements.map((statement) =>
    statement
      .replaceAll('{events}', tables.events)
      .replaceAll('{quarantine}', tables.quarantine)
      .replaceAll('{erased}', tables.erased)
      .replaceAll('{entries}', tables.entries),
  )
}

/** Of the text as it stands in this package, whatever the tables are called. */
export function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.statements.join('\n;\n')).digest('hex')
}
