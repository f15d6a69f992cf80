import { AuditLogError } from '../audit-log-error.ts'
import { checksumOf, type Migration } from './migration.ts'

/** Where a database stands against the migrations of this package. */
export interface MigrationState {
  readonly pending: readonly Migration[]
  /** Applied by a newer version of this package. Migrations only add, so an older version can work with them. */
  readonly unknown: readonly string[]
}

/** @throws AuditLogError `AUDIT_MIGRATION_CHANGED` when one was applied with another text */
export function migrationState(
  migrations: readonly Migration[],
  applied: ReadonlyMap<string, string> = new Map(),
): MigrationState {
  const changed = migrations
    .filter(({ name }) => applied.has(name))
    .find((one) => applied.get(one.name) !== checksumOf(one))
  if (changed !== undefined) {
    throw new AuditLogError(
      `migration ${changed.name} was applied with another text than this version has; use the version that applied it, or a newer one`,
      { code: 'AUDIT_MIGRATION_CHANGED' },
    )
  }
  const known = new Set(migrations.map(({ name }) => name))
  return {
    pending: migrations.filter(({ name }) => !applied.has(name)),
    unknown: [...applied.keys()].filter((name) => !known.has(name)),
  }
}
