import { LedgerbusError } from '@ledgerbus/core'

/** Why the audit log could not do what it was asked. */
export type AuditLogCode =
  | 'AUDIT_CURSOR_INVALID'
  | 'AUDIT_ERASURE_INVALID'
  | 'AUDIT_ERASURE_UNFINISHED'
  | 'AUDIT_LOG_BUSY'
  | 'AUDIT_LOG_CLOSED'
  | 'AUDIT_LOG_CONFIGURATION'
  | 'AUDIT_LOG_NEWER'
  | 'AUDIT_LOG_NOT_MIGRATED'
  | 'AUDIT_LOG_NOT_SCOPED'
  | 'AUDIT_LOG_NO_ANSWER'
  | 'AUDIT_LOG_UNREACHABLE'
  | 'AUDIT_MIGRATION_CHANGED'
  | 'AUDIT_QUERY_FAILED'
  | 'AUDIT_RANGE_INVALID'
  | 'AUDIT_ROW_REFUSED'
  | 'AUDIT_ROW_UNREADABLE'
  | 'AUDIT_SEALS_BROKEN'
  | 'AUDIT_SEAL_NOT_DUE'
  | 'AUDIT_SEAL_STORE_FAILED'
  | 'AUDIT_SELECTION_INVALID'
  | 'AUDIT_VERIFY_INVALID'

/** What an {@link AuditLogError} carries besides its message. */
export interface AuditLogErrorFacts {
  readonly code: AuditLogCode
  readonly outcome?: 'failed' | 'unknown'
  readonly retriable?: boolean
  /** ClickHouse's own code, where it answered with one. */
  readonly serverCode?: number
  /** May quote rows: for operators, never for users of an API. */
  readonly cause?: unknown
}

/** Something between us and the audit log: connection, rights, tables, a row, a question. Messages never hold what stands in a row. */
export class AuditLogError extends LedgerbusError {
  declare readonly code: AuditLogCode
  /** ClickHouse's own code, where it answered with one. */
  readonly serverCode: number | undefined

  constructor(message: string, facts: AuditLogErrorFacts) {
    super(message, facts)
    this.serverCode = facts.serverCode
  }
}
