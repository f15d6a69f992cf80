import { createAuditLogTable } from './0001_create_audit_log.ts'
import { createErasedTable } from './0002_create_erased.ts'
import { keepInsertsCompact } from './0003_keep_inserts_compact.ts'
import type { Migration } from './migration.ts'

/** In their order. */
export const allMigrations: readonly Migration[] = [createAuditLogTable, createErasedTable, keepInsertsCompact]
