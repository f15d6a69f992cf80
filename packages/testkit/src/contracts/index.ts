export {
  auditEvidenceContract,
  type AuditEvidenceContractOptions,
  type EvidenceLog,
} from './audit-evidence-contract.ts'
export { auditLogContract, type AuditLogContractOptions } from './audit-log-contract.ts'
export type {
  BrokerContractControls,
  BrokerContractOptions,
  BrokerContractPatience,
} from './broker/broker-contract-options.ts'
export { brokerContract } from './broker-contract.ts'
