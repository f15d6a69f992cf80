import type { Clock, ProducerRecord } from '@ledgerbus/core'
import type { LogTransaction, PartitionLog } from './partition-log.ts'

/** One producer's hold on a transactional id; over as soon as another producer takes the id. */
export interface TransactionSession {
  readonly isFenced: boolean
  begin(): void
  /** @returns the first offset; `undefined` when the session is fenced */
  append(log: PartitionLog, records: readonly ProducerRecord[]): bigint | undefined
  /** @returns whether it ended as asked; not so when the session is fenced */
  end(how: 'committed' | 'aborted'): boolean
}

/** Fences producers of one id and ends what they left open. */
export interface TransactionCoordinator {
  /** Aborts what an earlier producer of this id left open, and shuts it out. */
  open(transactionalId: string, options: { readonly timeoutMs: number }): TransactionSession
}

interface OpenTransaction {
  readonly transaction: LogTransaction
  readonly logs: Set<PartitionLog>
  cancelTimeout: () => void
}

export function createTransactionCoordinator(clock: Clock): TransactionCoordinator {
  const current = new Map<string, () => void>()

  return {
    open(transactionalId, { timeoutMs }) {
      current.get(transactionalId)?.()
      let fenced = false
      let open: OpenTransaction | undefined

      function settle(how: 'committed' | 'aborted'): void {
        if (open === undefined) return
        const { transaction, logs, cancelTimeout } = open
        open = undefined
        cancelTimeout()
        transaction.state = how
        for (const log of logs) log.endTransaction(transaction)
      }

      function fence(): void {
        fenced = true
        settle('aborted')
      }

      current.set(transactionalId, fence)
      return {
        get isFenced() {
          return fenced
        },
        begin() {
          open = { transaction: { state: 'open' }, logs: new Set(), cancelTimeout: () => undefined }
        },
        append(log, records) {
          if (fenced || open === undefined) return undefined
          // As in Kafka the time counts from the first partition on, and the broker that gives up shuts the producer out.
          if (open.logs.size === 0) open.cancelTimeout = clock.schedule(timeoutMs, fence)
          open.logs.add(log)
          return log.append(records, open.transaction)
        },
        end(how) {
          if (fenced) return false
          settle(how)
          return true
        },
      }
    },
  }
}
