import type { Clock, NotOk, Outcome, Random, TopicPartition } from '@ledgerbus/core'
import { type Backoff, backoffMs } from '../client/backoff.ts'
import { settle } from '../client/settle.ts'
import { readClientError } from '../errors/read-client-error.ts'
import { partitionUnknown, topicUnknown } from './append-error.ts'
import type { CountPartitions } from './judge-try.ts'
import { enlistAborted, enlistFailed, enlistUnanswered } from './transaction-error.ts'

export interface TransactionEnlistment {
  readonly transactionalId: string
  readonly partitions: readonly TopicPartition[]
  /** One try. Rejects with kafkajs's error. */
  readonly enlist: () => Promise<void>
  /** On the monotonic clock. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  readonly countPartitions: CountPartitions
  readonly clock: Clock
  readonly random: Random
}

/** The former transaction ends a few milliseconds after its commit was confirmed, when its marks are written. */
const whileBusy: Backoff = { firstMs: 2, mostMs: 200 }
const otherwise: Backoff = { firstMs: 20, mostMs: 1_000 }

/**
 * Tells the coordinator the partitions of a transaction. Repeated is only what certainly did nothing, as with appends: a request without an
 * answer may arrive in the next transaction of the same epoch, so after one the producer is used up.
 */
export async function enlistInTransaction(enlistment: TransactionEnlistment): Promise<Outcome> {
  const { transactionalId, partitions, enlist, deadlineMs, signal, countPartitions, clock, random } = enlistment
  for (let failures = 1; ; failures += 1) {
    if (signal?.aborted === true) return enlistAborted(transactionalId, signal.reason)
    const withinMs = Math.max(0, deadlineMs - clock.monotonicMs())
    const told = await settle(enlist(), { clock, withinMs, signal })
    if (told.kind === 'value') return { kind: 'ok' }
    if (told.kind === 'late') return enlistUnanswered(transactionalId)
    if (told.kind === 'aborted') return enlistUnanswered(transactionalId, told.reason)
    const { row } = readClientError(told.error)
    if (row.code === 'BROKER_TOPIC_UNKNOWN') {
      return (await missing(partitions, told.error, countPartitions)) ?? enlistFailed(transactionalId, told.error)
    }
    const mayPass = row.retriable && row.outcome === 'failed' && clock.monotonicMs() < deadlineMs
    if (!mayPass) return enlistFailed(transactionalId, told.error)
    const backoff = row.code === 'BROKER_TRANSACTION_BUSY' ? whileBusy : otherwise
    await clock
      .sleep(backoffMs(backoff, failures, random), signal === undefined ? {} : { signal })
      .catch(() => undefined)
  }
}

/** Which of them is really not there. kafkajs asks for all topics of a producer at once, so one that was deleted fails the others too. */
async function missing(
  partitions: readonly TopicPartition[],
  error: unknown,
  countPartitions: CountPartitions,
): Promise<NotOk | undefined> {
  for (const place of partitions) {
    const count = await countPartitions(place.topic).catch(() => Number.POSITIVE_INFINITY)
    if (count === undefined) return topicUnknown(place, error)
    if (place.partition >= count) return partitionUnknown(place, count)
  }
  return undefined
}
