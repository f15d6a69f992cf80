import type { BrokerAdmin, BrokerReader, OffsetSpan, TopicPartition, WaitOptions } from '@ledgerbus/core'
import { decodeLetterState, type LetterState } from './letter-state.ts'

/** What is noted of the dead letters of one partition, by their offset; the last note counts. */
export type LetterStates = Map<bigint, LetterState>

/** Takes the notes of a span into `states`, and tells each to `onNote`. */
export async function readStates(
  reader: BrokerReader,
  partition: TopicPartition,
  span: OffsetSpan,
  options: WaitOptions & {
    readonly states: LetterStates
    readonly onNote?: (offset: bigint, state: LetterState) => void
  },
): Promise<void> {
  const { states, onNote, ...wait } = options
  for await (const { records } of reader.read(partition, span, wait)) {
    for (const record of records) {
      const note = decodeLetterState(record)
      // A note in another partition than its dead letter's is not ours: two of them could contradict each other.
      if (note === undefined || note.place.partition !== partition.partition) continue
      states.set(note.place.offset, note.state)
      onNote?.(note.place.offset, note.state)
    }
  }
}

/** Where the partitions of a topic begin and end now; empty where there is no such topic. */
export async function spansOfTopic(admin: BrokerAdmin, topic: string): Promise<ReadonlyMap<number, OffsetSpan>> {
  const [description] = await admin.describeTopics([topic])
  if (description === undefined) return new Map()
  const offsets = await admin.topicOffsets(topic)
  return new Map(offsets.map(({ partition, low, end }) => [partition, { from: low, to: end }]))
}
