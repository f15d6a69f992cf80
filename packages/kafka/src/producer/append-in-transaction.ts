import type { AppendOutcome, Clock, Random } from '@ledgerbus/core'
import type { Sender } from 'kafkajs'
import { type Backoff, backoffMs } from '../client/backoff.ts'
import { settle } from '../client/settle.ts'
import { readClientError } from '../errors/read-client-error.ts'
import { abortedAfterSend, abortedBeforeSend, failed, fromClient, noAnswerInTime, unknown } from './append-error.ts'
import { type Batch, sendOnce } from './batch.ts'
import { type CountPartitions, judgeTry } from './judge-try.ts'

export interface TransactionAppend {
  readonly sender: Sender
  readonly batch: Batch
  readonly ackTimeoutMs: number
  /** On the monotonic clock. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  readonly countPartitions: CountPartitions
  readonly clock: Clock
  readonly random: Random
}

const backoff: Backoff = { firstMs: 20, mostMs: 1_000 }

/**
 * Appends a batch within a transaction. Repeated is only what certainly did nothing, such as waiting for the former transaction's end: a request
 * without an answer may arrive late and fall into the next transaction of the same epoch, so after one the producer is used up.
 */
export async function appendInTransaction(append: TransactionAppend): Promise<AppendOutcome> {
  const { sender, batch, deadlineMs, signal, countPartitions, clock, random } = append
  for (let failures = 1; ; failures += 1) {
    if (signal?.aborted === true) return abortedBeforeSend(batch, signal.reason)
    const withinMs = Math.max(0, deadlineMs - clock.monotonicMs())
    const sent = await settle(sendOnce(sender, batch, append.ackTimeoutMs), { clock, withinMs, signal })
    if (sent.kind === 'aborted') return abortedAfterSend(batch, sent.reason)
    if (sent.kind !== 'value') return noAnswerInTime(batch)
    const verdict = await judgeTry(sent.value, batch, countPartitions)
    if (verdict.kind === 'over') return verdict.outcome
    if (verdict.kind === 'open') return unknown(fromClient(batch, verdict.error, 'unknown'))
    const { row } = readClientError(verdict.error)
    const mayPass = verdict.kind === 'again' && row.outcome === 'failed' && clock.monotonicMs() < deadlineMs
    if (!mayPass) return failed(fromClient(batch, verdict.error, 'failed'))
    await clock
      .sleep(backoffMs(backoff, failures, random), signal === undefined ? {} : { signal })
      .catch(() => undefined)
  }
}
