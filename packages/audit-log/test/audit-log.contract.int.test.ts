import { createRecordingLogger } from '@ledgerbus/testkit'
import { auditLogContract } from '@ledgerbus/testkit/contracts'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { createAuditLog } from '../src/index.ts'
import { newPrefix } from './support/own-log.ts'

const tablePrefix = newPrefix()

auditLogContract('ClickHouse', {
  timeoutMs: 30_000,
  async makeAuditLog() {
    const log = createAuditLog({ url: stackAddresses().clickhouseUrl, tablePrefix, logger: createRecordingLogger() })
    // The suite's records have times of their own.
    await log.migrate({ retentionDays: 36_500 })
    return log
  },
})
