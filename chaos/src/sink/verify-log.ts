import { createAuditLog, verifyAuditLog } from '@ledgerbus/audit-log'
import type { Broker, Clock } from '@ledgerbus/core'
import type { LogPlace } from './read-log.ts'

/** What `ledgerbus audit verify` says of the log, and what of that must not be. */
export interface Verified {
  readonly detail: string
  readonly problems: readonly string[]
}

export interface VerifyLogOptions extends LogPlace {
  readonly broker: Broker
  readonly groupId: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Asks the platform's own verification: what it is worth shows where others compared as well. */
export async function verifyLog(options: VerifyLogOptions): Promise<Verified> {
  const { broker, url, tablePrefix, topic, groupId, clock, signal } = options
  const auditLog = createAuditLog({ url, tablePrefix })
  try {
    await auditLog.start({ signal })
    const report = await verifyAuditLog({ broker, auditLog, clock }, { topics: [topic], groupId }, { signal })
    const sum = (figure: 'records' | 'same' | 'hiddenCopies'): number =>
      report.partitions.reduce((total, partition) => total + partition[figure], 0)
    const findings = report.partitions.flatMap(({ topic: of, partition, findings: found }) =>
      Object.entries(found)
        .filter(([, count]) => count > 0)
        .map(([kind, count]) => `audit verify: ${of}/${partition} has ${count} ${kind}`),
    )
    const isWhole = sum('same') === sum('records') && sum('records') > 0
    return {
      detail: `audit verify: ${report.verdict}, ${sum('same')} of ${sum('records')} records the same, ${sum('hiddenCopies')} hidden copies`,
      problems: isWhole ? findings : [...findings, 'audit verify: not every record in Kafka has the same entry'],
    }
  } finally {
    await auditLog.close()
  }
}
