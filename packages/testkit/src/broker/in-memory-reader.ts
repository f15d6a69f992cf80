import type { BrokerReader, ConsumerRecord, NextOffset, OffsetSpan, RecordSlice, TopicPartition } from '@ledgerbus/core'
import { boundedWait } from '../bounded-wait.ts'
import { closed, notStarted, offsetBeyondEnd, partitionUnknown, topicUnknown } from './broker-errors.ts'
import type { BrokerState } from './broker-state.ts'
import type { PartitionLog } from './partition-log.ts'

/** As large as the fetch of a consumer. */
const mostBytes = 1_048_576

export function createInMemoryReader(state: BrokerState): BrokerReader {
  const closing = new AbortController()
  let isStarted = false

  function check(): void {
    if (closing.signal.aborted) throw closed('reader')
    if (!isStarted) throw notStarted('reader')
  }

  /** Looked up each time: a topic that was deleted and created again has other logs under the same name. */
  function logOf({ topic, partition }: TopicPartition): PartitionLog {
    const stored = state.topics.find(topic)
    if (stored === undefined) throw topicUnknown(topic)
    const log = stored.logs[partition]
    if (log === undefined) throw partitionUnknown(topic, partition, stored.logs.length)
    return log
  }

  function sliceAt(position: bigint, { topic, partition }: TopicPartition, to: bigint): RecordSlice {
    const log = logOf({ topic, partition })
    const limits = { maxBytes: mostBytes, maxRecords: state.maxRecordsPerBatch }
    const { records, nextOffset } = log.read(position > log.low ? position : log.low, limits)
    return {
      records: records
        .filter(({ offset }) => offset < to)
        .map(
          ({ offset, record }): ConsumerRecord => ({ cluster: state.clusterId, topic, partition, offset, ...record }),
        ),
      nextOffset: (nextOffset < to ? nextOffset : to) as NextOffset,
    }
  }

  /** Until there may be something new. Rejects with the reason of an abort. */
  async function untilChange(partition: TopicPartition, signal: AbortSignal): Promise<void> {
    let stop = (): void => undefined
    const change = new Promise<void>((resolve) => {
      const ends = [logOf(partition).onChange(resolve), state.topics.onChange(() => resolve())]
      stop = () => {
        for (const end of ends) end()
      }
    })
    await boundedWait(change, { clock: state.clock, signal })
    stop()
    signal.throwIfAborted()
  }

  async function* slices(
    partition: TopicPartition,
    { from, to }: OffsetSpan,
    signal: AbortSignal,
  ): AsyncGenerator<RecordSlice> {
    let position = from
    while (position < to) {
      await boundedWait(state.network.untilUp(), { clock: state.clock, signal })
      signal.throwIfAborted()
      const { end } = logOf(partition)
      if (position > end) throw offsetBeyondEnd(partition, position, end)
      const slice = sliceAt(position, partition, to)
      if (slice.nextOffset > position) {
        position = slice.nextOffset
        yield slice
        signal.throwIfAborted()
      } else {
        await untilChange(partition, signal)
      }
    }
  }

  return {
    async start({ signal } = {}) {
      signal?.throwIfAborted()
      if (closing.signal.aborted) throw closed('reader')
      state.network.check()
      isStarted = true
    },
    async *read(partition, span, { signal } = {}) {
      signal?.throwIfAborted()
      check()
      // A partition that does not exist is an error, also of a span without offsets.
      if (!state.network.isDown) logOf(partition)
      yield* slices(partition, span, AbortSignal.any([closing.signal, ...(signal === undefined ? [] : [signal])]))
    },
    async close() {
      closing.abort(closed('reader'))
    },
  }
}
