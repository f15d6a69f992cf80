import type { AuditLog, AuditLogWriter } from '@ledgerbus/core'
import type { Ledger } from '../ledger/create-ledger.ts'

/** The half of an audit log that a sink uses. */
type WriterOfSink = Pick<AuditLog, 'start'> & AuditLogWriter

/** An audit log that writes into a ledger what a sink asks of it and is told, and changes nothing. */
export function observeWriter(
  auditLog: WriterOfSink,
  ledger: Ledger,
  onStored: (records: number) => void,
): WriterOfSink {
  let ids = 0
  return {
    start: (options) => auditLog.start(options),
    createBlock: (partition) => auditLog.createBlock(partition),
    lastStanding: (partition, options) => auditLog.lastStanding(partition, options),
    async standing(question, options) {
      const { topic, partition } = question
      const found = await auditLog.standing(question, options)
      return {
        ...found,
        has(record) {
          const isFound = found.has(record)
          if (isFound) ledger.add({ kind: 'found', topic, partition, offset: Number(record.offset) })
          return isFound
        },
      }
    },
    async insert(range, options) {
      ids += 1
      const id = ids
      const { first, next, block } = range
      const { topic, partition } = block
      ledger.add({ kind: 'insert', id, topic, partition, first: Number(first), next: Number(next) })
      const outcome = await auditLog.insert(range, options)
      const code = outcome.kind !== 'ok' && { code: outcome.error.code }
      ledger.add({ kind: 'inserted', id, outcome: outcome.kind, ...code })
      if (outcome.kind === 'ok') onStored(block.records)
      return outcome
    },
  }
}
