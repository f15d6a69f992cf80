export { auditEvidenceContract, type AuditEvidenceContractOptions } from './audit-evidence-contract.ts'
export type { EvidenceLog } from './audit-log/evidence-world.ts'
export { auditLogContract, type AuditLogContractOptions } from './audit-log-contract.ts'
export type {
  BrokerContractControls,
  BrokerContractOptions,
  BrokerContractPatience,
} from './broker/broker-contract-options.ts'
export { brokerContract } from './broker-contract.ts'
