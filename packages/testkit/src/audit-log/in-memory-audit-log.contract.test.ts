import { auditEvidenceContract } from '../contracts/audit-evidence-contract.ts'
import { auditLogContract } from '../contracts/audit-log-contract.ts'
import { createInMemoryAuditLog } from './create-in-memory-audit-log.ts'

auditLogContract('in-memory audit log', { makeAuditLog: () => createInMemoryAuditLog() })
auditEvidenceContract('in-memory audit log', { makeAuditLog: () => createInMemoryAuditLog() })
