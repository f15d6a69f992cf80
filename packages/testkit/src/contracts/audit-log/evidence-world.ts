import type { AuditLog, AuditLogEraser, AuditLogInspector } from '@ledgerbus/core'
import type { AuditLogWorld } from './audit-log-world.ts'

/** A log that can be looked at closely, and of which entries can be erased. */
export type EvidenceLog = AuditLog & AuditLogInspector & AuditLogEraser

/** What a test of the evidence contract works with. */
export interface EvidenceWorld extends AuditLogWorld {
  readonly log: EvidenceLog
}
