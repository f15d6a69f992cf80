import type { BrokerReader, RecordSlice, TopicPartition, WaitOptions } from '@ledgerbus/core'
import type { PartitionSpans } from './kafka-spans.ts'

/** So many slices are fetched or wait at a time, a megabyte or so each, however many partitions there are. */
const mostAhead = 4

/** The slices of several partitions in turn, each partition's in the order of its offsets. Leaving the loop ends all reading. */
export async function* slicesSideBySide(
  reader: BrokerReader,
  partitions: readonly PartitionSpans[],
  { signal }: WaitOptions,
): AsyncGenerator<RecordSlice, void, undefined> {
  const left = new AbortController()
  const either = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal])
  const waiting = partitions.map((partition) => slicesOf(reader, partition, { signal: either }))
  const fetching: { readonly slices: Slices; readonly next: Promise<IteratorResult<RecordSlice>> }[] = []

  function fetchMore(): void {
    while (fetching.length < mostAhead) {
      const slices = waiting.shift()
      if (slices === undefined) return
      const next = slices.next()
      // It may fail while nobody waits for it: that is told when its turn comes.
      next.catch(() => undefined)
      fetching.push({ slices, next })
    }
  }

  try {
    fetchMore()
    for (let turn = fetching.shift(); turn !== undefined; turn = fetching.shift()) {
      const result = await turn.next
      if (result.done !== true) waiting.push(turn.slices)
      fetchMore()
      if (result.done !== true) yield result.value
    }
  } finally {
    left.abort()
    await Promise.allSettled(fetching.map(({ next }) => next))
    await Promise.allSettled([...waiting, ...fetching.map(({ slices }) => slices)].map((slices) => slices.return()))
  }
}

type Slices = AsyncGenerator<RecordSlice, void, undefined>

/** The slices of one partition, span by span. */
export async function* slicesOf(
  reader: BrokerReader,
  { topic, partition, spans }: TopicPartition & Pick<PartitionSpans, 'spans'>,
  wait: WaitOptions,
): Slices {
  for (const span of spans) yield* reader.read({ topic, partition }, span, wait)
}
