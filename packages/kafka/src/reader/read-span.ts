import type { Clock, Logger, NextOffset, OffsetSpan, Random, RecordSlice, TopicPartition } from '@ledgerbus/core'
import { type Backoff, backoffMs } from '../client/backoff.ts'
import type { Questions } from '../client/questions.ts'
import { settle } from '../client/settle.ts'
import type { PartitionCounts } from '../producer/partition-counts.ts'
import { judgeFailure } from './judge-failure.ts'
import { partitionUnknown } from './reader-error.ts'
import type { TopicConnections } from './topic-connections.ts'

export interface SpanReading {
  readonly connections: Pick<TopicConnections, 'fetch'>
  readonly questions: Pick<Questions, 'offsets'>
  readonly counts: PartitionCounts
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Ends the read with its reason. */
  readonly signal: AbortSignal
}

const backoff: Backoff = { firstMs: 100, mostMs: 5_000 }
/** What a broker denies this often, one time after the other, is believed. */
const believedDenials = 3

/** The committed records of a span, fetch by fetch. A broker that is away and a leader that moves are waited for. */
export async function* readSpan(
  partition: TopicPartition,
  { from, to }: OffsetSpan,
  reading: SpanReading,
): AsyncGenerator<RecordSlice, void, undefined> {
  const { connections, questions, clock, random, logger, signal } = reading
  await checkExists(partition, reading)
  let position = from
  let failures = 0
  let denials = 0
  while (position < to) {
    signal.throwIfAborted()
    const tried = await settle(connections.fetch(partition, position), {
      clock,
      withinMs: Number.POSITIVE_INFINITY,
      signal,
    })
    signal.throwIfAborted()
    if (tried.kind === 'value') {
      failures = 0
      denials = 0
      const { records = [], lastOffset } = tried.value ?? {}
      // The broker held the answer back for a moment: nothing stands there yet.
      if (lastOffset === undefined) continue
      position = lastOffset < to ? lastOffset + 1n : to
      yield { records: records.filter(({ offset }) => offset < to), nextOffset: position as NextOffset }
      continue
    }
    const error = tried.kind === 'error' ? tried.error : undefined
    const verdict = await judgeFailure(error, { partition, position }, questions)
    signal.throwIfAborted()
    if (verdict.kind === 'below') {
      logger.warn({ ...partition, offset: position, low: verdict.low }, 'the first offsets to read are gone')
      position = verdict.low < to ? verdict.low : to
      yield { records: [], nextOffset: position as NextOffset }
      continue
    }
    failures += 1
    denials = verdict.kind === 'denied' ? denials + 1 : 0
    if (verdict.kind === 'final' || denials === believedDenials) throw verdict.error
    // The first failure is mended by a new connection.
    if (failures > 1) logger.warn({ ...partition, offset: position, failures, error: verdict.error }, 'a read waits')
    await clock.sleep(backoffMs(backoff, failures, random), { signal })
  }
}

async function checkExists(partition: TopicPartition, { counts, signal }: SpanReading): Promise<void> {
  const known = await counts.count(partition.topic, { signal })
  if (partition.partition < known) return
  // The topic may have grown since it was asked about.
  const count = (await counts.countNow(partition.topic)) ?? 0
  if (partition.partition >= count) throw partitionUnknown(partition, count)
}
