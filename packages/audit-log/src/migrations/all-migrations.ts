import { createAuditLogTable } from './0001_create_audit_log.ts'
import type { Migration } from './migration.ts'

/** In their order. */
export const allMigrations: readonly Migration[] = [createAuditLogTable]
