export { type ClickHouseAuditLog, createAuditLog, type MigrateOptions } from './create-audit-log.ts'
export type { AuditLogOptions } from './audit-log-options.ts'
export { type AuditLogCode, AuditLogError, type AuditLogErrorFacts } from './audit-log-error.ts'
export type { MigrationReport } from './migrations/migrate.ts'
