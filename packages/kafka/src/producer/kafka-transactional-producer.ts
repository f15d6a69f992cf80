import type {
  AppendOutcome,
  Outcome,
  Transaction,
  TransactionalProducer,
  TransactionalProducerOptions,
} from '@ledgerbus/core'
import type { KafkaSettings } from '../check-options.ts'
import { createQuestionLine } from '../client/question-connection.ts'
import { createQuestions } from '../client/questions.ts'
import { settle } from '../client/settle.ts'
import { toQuestionError } from '../errors/to-broker-error.ts'
import { enlistPartitions } from '../patches/transaction-manager.ts'
import { createKafkaTransaction } from './kafka-transaction.ts'
import { createPartitionCounts } from './partition-counts.ts'
import { transactionalClosed, transactionalNotStarted, unusable } from './transaction-error.ts'
import { openTransactionSession, type TransactionSession } from './transaction-session.ts'

/**
 * The transactional producer of the broker port. After anything but `ok` it is used up: the protocol kafkajs speaks cannot tell a late
 * request of one transaction from the next, only a new epoch can.
 */
export function createKafkaTransactionalProducer(
  settings: KafkaSettings,
  { transactionalId, transactionTimeoutMs = 60_000 }: TransactionalProducerOptions,
): TransactionalProducer {
  const { clock, random, requestTimeoutMs } = settings
  const questions = createQuestions(settings, createQuestionLine(settings))
  const counts = createPartitionCounts(questions, { clock, random, patienceMs: requestTimeoutMs })
  let opening: Promise<TransactionSession> | undefined
  let session: TransactionSession | undefined
  let open: Transaction | undefined
  let usedUp: string | undefined
  let isClosed = false

  function spent(outcome: AppendOutcome | Outcome): void {
    if (outcome.kind !== 'ok') usedUp ??= `an outcome was ${outcome.kind}; close this producer and make a new one`
  }

  async function connect(): Promise<void> {
    opening ??= openTransactionSession(settings, { transactionalId, transactionTimeoutMs })
    try {
      session = await opening
    } catch (error) {
      opening = undefined
      throw toQuestionError(error, { where: `transactional producer ${transactionalId}` })
    }
  }

  return {
    async start({ signal } = {}) {
      signal?.throwIfAborted()
      if (isClosed) throw transactionalClosed(transactionalId)
      const connected = await settle(connect(), { clock, withinMs: Number.POSITIVE_INFINITY, signal })
      if (connected.kind === 'error') throw connected.error
      if (connected.kind !== 'value') throw signal?.reason
    },
    partitionCount: (topic, wait) => counts.count(topic, wait),
    async begin() {
      if (isClosed) throw transactionalClosed(transactionalId)
      if (session === undefined) throw transactionalNotStarted(transactionalId)
      if (usedUp !== undefined) throw unusable(transactionalId, usedUp)
      if (open !== undefined) throw unusable(transactionalId, 'another transaction is open; commit or abort it first')
      const { producer } = session
      const begun = createKafkaTransaction(await producer.transaction(), {
        settings,
        transactionalId,
        timeoutMs: transactionTimeoutMs,
        countPartitions: counts.countNow,
        enlist: (partitions) => enlistPartitions(producer, partitions),
        usedUp: () => (isClosed ? 'the producer is closed' : usedUp),
        spent,
        ended() {
          if (open === begun) open = undefined
        },
      })
      open = begun
      return begun
    },
    async close() {
      if (isClosed) return
      isClosed = true
      // Readers of committed records wait for the end of what is open.
      await open?.abort()
      const last = await opening?.catch(() => undefined)
      await Promise.all([last?.end(), questions.close()])
    },
  }
}
