import { AuditLogError } from '../audit-log-error.ts'
import { checksumOf, isBreaking, type Migration } from './migration.ts'

/** Where a database stands against the migrations of this package. */
export interface MigrationState {
  readonly pending: readonly Migration[]
  /** Applied by a newer version of this package. They only added, so this version can work with them. */
  readonly unknown: readonly string[]
}

/**
 * @throws AuditLogError `AUDIT_MIGRATION_CHANGED` when one was applied with another text, `AUDIT_LOG_NEWER` when a newer version applied one
 * that this version cannot work with
 */
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
  const unknown = [...applied.keys()].filter((name) => !known.has(name))
  const breaking = unknown.filter(isBreaking)
  if (breaking.length > 0) {
    throw new AuditLogError(
      `the tables were changed by a newer version in a way that this one cannot work with (${breaking.join(', ')}); use that version, or a newer one`,
      { code: 'AUDIT_LOG_NEWER' },
    )
  }
  return { pending: migrations.filter(({ name }) => !applied.has(name)), unknown }
}
