import type { AppendOutcome, NotOk, Outcome, TopicPartition, Transaction } from '@ledgerbus/core'
import type { Transaction as ClientTransaction } from 'kafkajs'
import type { KafkaSettings } from '../check-options.ts'
import { settle } from '../client/settle.ts'
import { abortedBeforeSend, batchInvalid, failed, lateInQueue, partitionInvalid } from './append-error.ts'
import { appendInTransaction } from './append-in-transaction.ts'
import { toBatch } from './batch.ts'
import { enlistInTransaction } from './enlist-in-transaction.ts'
import type { CountPartitions } from './judge-try.ts'
import { createPartitionQueue, type PartitionQueue } from './partition-queue.ts'
import { ackTimeoutMs } from './producer-session.ts'
import { endFailed, endUnanswered, unusable } from './transaction-error.ts'

export interface TransactionSurroundings {
  readonly settings: KafkaSettings
  readonly transactionalId: string
  readonly timeoutMs: number
  readonly countPartitions: CountPartitions
  /** Tells the coordinator once. Rejects with kafkajs's error. */
  enlist(partitions: readonly TopicPartition[]): Promise<void>
  /** Why the producer can do nothing more; `undefined` while it can. */
  usedUp(): string | undefined
  /** Called with each outcome, and once the transaction is over. */
  spent(outcome: AppendOutcome | Outcome): void
  ended(): void
}

const mostRecords = 500

/** One transaction of the broker port over one of kafkajs. */
export function createKafkaTransaction(transaction: ClientTransaction, around: TransactionSurroundings): Transaction {
  const { settings, transactionalId, timeoutMs, countPartitions } = around
  const { clock, random, requestTimeoutMs } = settings
  const queues = new Map<string, PartitionQueue>()
  const underWay = new Set<Promise<AppendOutcome | Outcome>>()
  let endedAs: 'committed' | 'aborted' | undefined

  function refusal(): NotOk | undefined {
    const why = endedAs === undefined ? around.usedUp() : `it was ${endedAs}`
    return why === undefined ? undefined : failed(unusable(transactionalId, why))
  }

  function queueOf(key: string): PartitionQueue {
    const found = queues.get(key) ?? createPartitionQueue(clock, () => queues.delete(key))
    queues.set(key, found)
    return found
  }

  async function end(work: () => Promise<void>): Promise<Outcome> {
    // kafkajs looks for the coordinator, then sends: two requests, each with its own limit.
    const done = await settle(work(), { clock, withinMs: 2 * requestTimeoutMs })
    if (done.kind === 'value') return { kind: 'ok' }
    return done.kind === 'error' ? endFailed(transactionalId, done.error) : endUnanswered(transactionalId)
  }

  return {
    async enlist(partitions, { signal } = {}) {
      const refused = refusal()
      if (refused !== undefined) return refused
      const enlisting = enlistInTransaction({
        transactionalId,
        partitions,
        enlist: () => around.enlist(partitions),
        deadlineMs: clock.monotonicMs() + timeoutMs,
        signal,
        countPartitions,
        clock,
        random,
      })
      underWay.add(enlisting)
      const outcome = await enlisting
      underWay.delete(enlisting)
      around.spent(outcome)
      return outcome
    },
    async append(topic, partition, records, { signal } = {}) {
      const refused = refusal()
      if (refused !== undefined) return refused
      const place = { topic, partition }
      const wrong =
        records.length < 1 || records.length > mostRecords
          ? batchInvalid(place, records.length)
          : !Number.isInteger(partition) || partition < 0
            ? partitionInvalid(place)
            : undefined
      if (wrong !== undefined) {
        around.spent(wrong)
        return wrong
      }
      const batch = toBatch(topic, partition, records)
      const deadlineMs = clock.monotonicMs() + timeoutMs
      const appended = queueOf(`${topic}/${partition}`).add({
        deadlineMs,
        signal,
        async run() {
          const why = refusal()
          if (why !== undefined) return why
          const outcome = await appendInTransaction({
            sender: transaction,
            batch,
            ackTimeoutMs: ackTimeoutMs(settings),
            deadlineMs,
            signal,
            countPartitions,
            clock,
            random,
          })
          around.spent(outcome)
          return outcome
        },
        aborted: (reason) => abortedBeforeSend(place, reason),
        late: () => lateInQueue(place),
      })
      underWay.add(appended)
      const outcome = await appended
      underWay.delete(appended)
      around.spent(outcome)
      return outcome
    },
    async commit() {
      await Promise.all(underWay)
      const refused = refusal()
      if (refused !== undefined) return refused
      endedAs = 'committed'
      const outcome = await end(() => transaction.commit())
      around.spent(outcome)
      around.ended()
      return outcome
    },
    async abort() {
      if (endedAs !== undefined) return failed(unusable(transactionalId, `it was ${endedAs}`))
      endedAs = 'aborted'
      await Promise.all(underWay)
      const outcome = await end(() => transaction.abort())
      around.spent(outcome)
      around.ended()
      return outcome
    },
  }
}
