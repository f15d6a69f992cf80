import type {
  BrokerReader,
  Clock,
  ConsumerRecord,
  OffsetSpan,
  PartitionOffsets,
  TopicPartition,
  WaitOptions,
} from '@ledgerbus/core'
import type { ReplayTopic } from './replay-plan.ts'

/** What looking for a witness needs. */
export interface WitnessNeeds {
  readonly reader: BrokerReader
  readonly clock: Clock
}

/**
 * So many offsets before the end are read, the smaller span first: records may be megabytes. Markers of transactions and holes of compaction seldom fill the larger.
 */
const spans = [10n, 200n] as const
const maxPartitions = 3
/** Near the end a transaction may be open, and what stands behind it is shown to nobody until it ends. */
const limitMs = 2_000

/**
 * A record near the end of a topic. Whether it still stands at its offset, with its time, tells a topic that was deleted and made anew, which no name and no
 * id in reach does. It is taken near the end, where retention comes last.
 */
export async function findWitness(
  partitions: readonly PartitionOffsets[],
  needs: WitnessNeeds,
  wait: WaitOptions = {},
): Promise<ReplayTopic['witness'] | undefined> {
  const fullest = partitions
    .filter(({ low, end }) => end > low)
    .toSorted((a, b) => Number(b.end - b.low - (a.end - a.low)))
    .slice(0, maxPartitions)
  for (const { partition, low, end, topic } of fullest) {
    for (const length of spans) {
      const from = end - length > low ? end - length : low
      const record = await lastRecordOf({ topic, partition }, { from, to: end }, needs, wait)
      if (record !== undefined) return { partition, offset: record.offset, timestampMs: record.timestampMs }
      if (from === low) break
    }
  }
  return undefined
}

async function lastRecordOf(
  partition: TopicPartition,
  span: OffsetSpan,
  { reader, clock }: WitnessNeeds,
  { signal }: WaitOptions,
): Promise<ConsumerRecord | undefined> {
  const limit = new AbortController()
  const over = new Error('looked for a witness long enough')
  const cancel = clock.schedule(limitMs, () => limit.abort(over))
  const stop = signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal])
  let last: ConsumerRecord | undefined
  try {
    for await (const { records } of reader.read(partition, span, { signal: stop })) {
      last = records.at(-1) ?? last
    }
  } catch (error) {
    if (error !== over) throw error
  } finally {
    cancel()
  }
  return last
}
