import type {
  AppendOutcome,
  Outcome,
  TopicPartition,
  Transaction,
  TransactionalProducer,
  TransactionalProducerOptions,
} from '@ledgerbus/core'
import { appendBatch, failed } from './append-request.ts'
import {
  abortedBeforeEnlisted,
  closed,
  notStarted,
  partitionUnknown,
  topicUnknown,
  transactionFenced,
  transactionUnusable,
  unreachable,
} from './broker-errors.ts'
import type { BrokerState } from './broker-state.ts'
import { brokerFaultError } from './broker-fault.ts'
import { isStored } from '../faults/fault-plan.ts'
import { partitionCountOf } from './in-memory-producer.ts'
import type { TransactionSession } from './transaction-coordinator.ts'

const defaultTransactionTimeoutMs = 60_000

export function createInMemoryTransactionalProducer(
  { transactionalId, transactionTimeoutMs = defaultTransactionTimeoutMs }: TransactionalProducerOptions,
  state: BrokerState,
): TransactionalProducer {
  let session: TransactionSession | undefined
  let isClosed = false
  let isOpen = false
  /** Why this producer can do nothing more; set by the first outcome other than `ok`. */
  let usedUp: string | undefined

  function spent(outcome: AppendOutcome | Outcome): void {
    if (outcome.kind !== 'ok') usedUp ??= `an outcome was ${outcome.kind}; close this producer and make a new one`
  }

  function makeTransaction(mine: TransactionSession): Transaction {
    let ended: string | undefined

    function refusal(): ReturnType<typeof failed> | undefined {
      if (isClosed) return failed(closed('transactional producer'))
      if (ended !== undefined) return failed(transactionUnusable(transactionalId, `it was ${ended}`))
      if (usedUp !== undefined) return failed(transactionUnusable(transactionalId, usedUp))
      return undefined
    }

    async function commit(): Promise<Outcome> {
      if (state.network.isDown) return failed(unreachable())
      const fault = state.faults.take({ at: 'transaction-commit', transactionalId })
      await fault?.until
      if (isStored(fault) && !mine.end('committed')) return failed(transactionFenced(transactionalId))
      if (fault === undefined || fault.outcome === 'ok') return { kind: 'ok' }
      return { kind: fault.outcome, error: brokerFaultError(fault) }
    }

    async function enlist(partitions: readonly TopicPartition[]): Promise<Outcome> {
      if (state.network.isDown) return failed(unreachable())
      if (mine.isFenced) return failed(transactionFenced(transactionalId))
      for (const { topic, partition } of partitions) {
        const stored = state.topics.find(topic)
        if (stored === undefined) return failed(topicUnknown(topic))
        const count = stored.logs.length
        if (partition >= count) return failed(partitionUnknown(topic, partition, count))
      }
      return { kind: 'ok' }
    }

    return {
      async enlist(partitions, { signal } = {}) {
        const refused = refusal()
        if (refused !== undefined) return refused
        const outcome =
          signal?.aborted === true
            ? failed(abortedBeforeEnlisted(transactionalId, signal.reason))
            : await enlist(partitions)
        spent(outcome)
        return outcome
      },
      async append(topic, partition, records, { signal } = {}) {
        const refused = refusal()
        if (refused !== undefined) return refused
        const outcome = await appendBatch(
          {
            topic,
            partition,
            records,
            signal,
            deliveryTimeoutMs: transactionTimeoutMs,
            transactionalId,
            store(log) {
              const baseOffset = mine.append(log, records)
              return baseOffset === undefined ? failed(transactionFenced(transactionalId)) : { kind: 'ok', baseOffset }
            },
          },
          state,
        )
        spent(outcome)
        return outcome
      },
      async commit() {
        const refused = refusal()
        if (refused !== undefined) return refused
        ended = 'committed'
        const outcome = await commit()
        isOpen = false
        spent(outcome)
        return outcome
      },
      async abort() {
        if (ended !== undefined) return failed(transactionUnusable(transactionalId, `it was ${ended}`))
        ended = 'aborted'
        isOpen = false
        if (state.network.isDown) return failed(unreachable())
        return mine.end('aborted') ? { kind: 'ok' } : failed(transactionFenced(transactionalId))
      },
    }
  }

  return {
    async start({ signal } = {}) {
      signal?.throwIfAborted()
      if (isClosed) throw closed('transactional producer')
      state.network.check()
      session ??= state.transactions.open(transactionalId, { timeoutMs: transactionTimeoutMs })
    },
    async partitionCount(topic, { signal } = {}) {
      signal?.throwIfAborted()
      return partitionCountOf(topic, state)
    },
    async begin() {
      if (isClosed) throw closed('transactional producer')
      if (session === undefined) throw notStarted('transactional producer')
      if (usedUp !== undefined) throw transactionUnusable(transactionalId, usedUp)
      if (isOpen) throw transactionUnusable(transactionalId, 'another transaction is open; commit or abort it first')
      isOpen = true
      session.begin()
      return makeTransaction(session)
    },
    async close() {
      isClosed = true
    },
  }
}
