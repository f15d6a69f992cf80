import { createRecordingLogger } from '@ledgerbus/testkit'
import { auditEvidenceContract, auditLogContract } from '@ledgerbus/testkit/contracts'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { type ClickHouseAuditLog, createAuditLog } from '../src/index.ts'
import { newPrefix } from './support/own-log.ts'

const tablePrefix = newPrefix()

async function makeAuditLog(): Promise<ClickHouseAuditLog> {
  const log = createAuditLog({ url: stackAddresses().clickhouseUrl, tablePrefix, logger: createRecordingLogger() })
  // The suites' records have times of their own.
  await log.migrate({ retentionDays: 36_500 })
  return log
}

auditLogContract('ClickHouse', { timeoutMs: 30_000, makeAuditLog })
auditEvidenceContract('ClickHouse', { timeoutMs: 30_000, makeAuditLog })
