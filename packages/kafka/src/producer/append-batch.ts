import type { AppendOutcome, Clock, Random } from '@ledgerbus/core'
import { type Backoff, backoffMs } from '../client/backoff.ts'
import { type Settled, settle } from '../client/settle.ts'
import { readClientError } from '../errors/read-client-error.ts'
import {
  abortedAfterSend,
  abortedBeforeSend,
  failed,
  fromClient,
  lateInQueue,
  noAnswerInTime,
  unknown,
} from './append-error.ts'
import type { Batch } from './batch.ts'
import { type CountPartitions, judgeTry } from './judge-try.ts'
import type { SessionLease, SessionPool } from './session-pool.ts'

export interface AppendSurroundings {
  readonly sessions: SessionPool
  readonly countPartitions: CountPartitions
  readonly clock: Clock
  readonly random: Random
}

export interface AppendLimits {
  /** On the monotonic clock. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
}

const backoff: Backoff = { firstMs: 50, mostMs: 2_000 }

/**
 * Brings one batch to its partition: the identical batch, again and again, until the broker confirms it, refuses it, or time is up.
 *
 * A kafkajs producer takes the sequence numbers of a rejected send back, though the broker may have stored the batch; the next batch of as many
 * records would then be taken for its repetition, confirmed, and stored nowhere. So once a try is open nothing but its repetition may
 * follow on that session, and when it stays open the session is discarded.
 */
export async function appendBatch(
  batch: Batch,
  { deadlineMs, signal }: AppendLimits,
  { sessions, countPartitions, clock, random }: AppendSurroundings,
): Promise<AppendOutcome> {
  let lease: SessionLease | undefined
  let isOpen = false
  let failures = 0
  let lastError: unknown

  function within<Value>(work: Promise<Value>): Promise<Settled<Value>> {
    return settle(work, { clock, withinMs: Math.max(0, deadlineMs - clock.monotonicMs()), signal })
  }

  function fail(error: unknown): void {
    failures += 1
    lastError = error
  }

  async function leaseSession(): Promise<Settled<SessionLease>> {
    const leasing = sessions.lease()
    const leased = await within(leasing)
    // Whoever comes too late gives back what he gets.
    if (leased.kind !== 'value') leasing.then(({ release }) => release()).catch(() => undefined)
    return leased
  }

  /** The brokers may be away for longer than the batch has time; what nobody counted in time is taken to be there. */
  async function countInTime(topic: string): Promise<number | undefined> {
    const counted = await within(countPartitions(topic))
    return counted.kind === 'value' ? counted.value : Number.POSITIVE_INFINITY
  }

  /** The end without a word of the broker. */
  function giveUp(cut: Settled<unknown>): AppendOutcome {
    if (isOpen) lease?.discard()
    else lease?.release()
    if (cut.kind === 'aborted') return (isOpen ? abortedAfterSend : abortedBeforeSend)(batch, cut.reason)
    if (lastError === undefined) return (isOpen ? noAnswerInTime : lateInQueue)(batch)
    const effort = `; given up after ${failures} ${failures === 1 ? 'try' : 'tries'}`
    return isOpen
      ? unknown(fromClient(batch, lastError, 'unknown', effort))
      : failed(fromClient(batch, lastError, 'failed', effort))
  }

  for (;;) {
    const rested = await within(failures === 0 ? Promise.resolve() : clock.sleep(backoffMs(backoff, failures, random)))
    if (rested.kind !== 'value') return giveUp(rested)

    if (lease === undefined) {
      const leased = await leaseSession()
      if (leased.kind === 'late' || leased.kind === 'aborted') return giveUp(leased)
      if (leased.kind === 'error') {
        fail(leased.error)
        if (readClientError(leased.error).row.retriable) continue
        return failed(fromClient(batch, leased.error, 'failed'))
      }
      lease = leased.value
    }

    const sent = await within(lease.session.send(batch))
    if (sent.kind !== 'value') {
      isOpen = true
      return giveUp(sent)
    }
    const verdict = await judgeTry(sent.value, batch, countInTime)
    if (verdict.kind === 'over') {
      const { outcome } = verdict
      // A refusal now does not undo what an earlier try may have stored.
      if (!isOpen || outcome.kind === 'ok') {
        lease.release()
        return outcome
      }
      lease.discard()
      return unknown(fromClient(batch, outcome.error.cause, 'unknown'))
    }
    fail(verdict.error)
    if (verdict.kind === 'open') isOpen = true
    if (verdict.kind !== 'elsewhere') continue
    lease.discard()
    if (isOpen) return unknown(fromClient(batch, verdict.error, 'unknown'))
    lease = undefined
  }
}
