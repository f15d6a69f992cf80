export { type ClickHouseAuditLog, createAuditLog, type MigrateOptions } from './create-audit-log.ts'
export type { AuditLogOptions } from './audit-log-options.ts'
export { type AuditLogCode, AuditLogError, type AuditLogErrorFacts } from './audit-log-error.ts'
export type { ClusterOptions, Replication } from './cluster/cluster-options.ts'
export type { MigrationReport } from './migrations/migrate.ts'
export type { AuditMonth } from './retention/months.ts'
export type { StorageOptions, TieringOptions } from './retention/storage-options.ts'
export type { AuditRole, ReaderLimits } from './users/audit-users.ts'
export {
  type AuditUserInput,
  type AuditUsersDescription,
  type AuditUsersOptions,
  describeAuditUsers,
} from './users/describe-users.ts'
