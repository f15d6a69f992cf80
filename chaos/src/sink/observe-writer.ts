import type { AuditLog } from '@ledgerbus/core'
import type { Ledger } from '../ledger/create-ledger.ts'

/** The half of an audit log that a sink uses. */
type WriterOfSink = Pick<AuditLog, 'start' | 'insert'>

/** An audit log that writes into a ledger what a sink asks of it, and changes nothing. */
export function observeWriter(
  auditLog: WriterOfSink,
  ledger: Ledger,
  onStored: (records: number) => void,
): WriterOfSink {
  let ids = 0
  return {
    start: (options) => auditLog.start(options),
    async insert(range, options) {
      ids += 1
      const id = ids
      const { topic, partition, first, next } = range
      ledger.add({ kind: 'insert', id, topic, partition, first: Number(first), next: Number(next) })
      const outcome = await auditLog.insert(range, options)
      const code = outcome.kind !== 'ok' && { code: outcome.error.code }
      ledger.add({ kind: 'inserted', id, outcome: outcome.kind, ...code })
      if (outcome.kind === 'ok') onStored(range.records.length)
      return outcome
    },
  }
}
