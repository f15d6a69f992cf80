export { type ClickHouseAuditLog, createAuditLog, type MigrateOptions } from './create-audit-log.ts'
export type { AuditLogOptions } from './audit-log-options.ts'
export { type AuditLogCode, AuditLogError, type AuditLogErrorFacts } from './audit-log-error.ts'
export type { ClusterOptions, Replication } from './cluster/cluster-options.ts'
export type { MigrationReport } from './migrations/migrate.ts'
// Comparing the log with Kafka
export type { AuditFinding, EntryPart, FindingKind } from './verify/audit-finding.ts'
export type {
  CompletenessReport,
  NotComparable,
  NotComparableReason,
  OffsetGap,
  PartitionReport,
  Verdict,
} from './verify/completeness-report.ts'
export { verifyAuditLog, type VerifyNeeds, type VerifyOptions, type VerifyRequest } from './verify/verify-audit-log.ts'
// Seals
export {
  checkSeals,
  type CheckSealsNeeds,
  type CheckSealsOptions,
  type SealedPartitionReport,
  type SealsReport,
} from './seal/check-seals.ts'
export type { Seal, SealedSegment } from './seal/seal.ts'
export type { ChainCheck, SealProblem, SealProblemKind } from './seal/seal-chain.ts'
export { sealDay, type SealNeeds, type SealOptions, type SealReport, type SealRequest } from './seal/seal-day.ts'
export { createSealFolder } from './seal/seal-folder.ts'
export { createSealSigner, createSealVerifier, type SealSigner, type SealVerifier } from './seal/seal-keys.ts'
export type { SealDraft, SealStore, StoredSeal } from './seal/seal-store.ts'
export type { AuditMonth } from './retention/months.ts'
export type { StorageOptions, TieringOptions } from './retention/storage-options.ts'
export type { AuditRole, ReaderLimits } from './users/audit-users.ts'
export {
  type AuditUserInput,
  type AuditUsersDescription,
  type AuditUsersOptions,
  describeAuditUsers,
} from './users/describe-users.ts'
