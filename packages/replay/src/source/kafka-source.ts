import {
  type AuditEntry,
  type AuditSelection,
  type Broker,
  type BrokerAdmin,
  type BrokerReader,
  type Envelope,
  type Logger,
  selectionMatch,
  type SelectionMatch,
  selectionProblems,
  type WaitOptions,
} from '@ledgerbus/core'
import { compileFilter } from '@ledgerbus/filter'
import type { FrozenSelection } from '../plan/replay-plan.ts'
import { ReplayError } from '../replay-error.ts'
import { entryOfRecord } from './entry-of-record.ts'
import { beginningAt, type PartitionSpans, spansToRead, topicsOf } from './kafka-spans.ts'
import { mergeByTime, type MergedEntry } from './merge-by-time.ts'
import { partitionName } from './partition-name.ts'
import type { OpenSelection, ReplayPosition, ReplaySource, ReplaySurvey, SurveyOptions } from './replay-source.ts'
import { slicesOf, slicesSideBySide } from './side-by-side.ts'
import { surveyRecords } from './survey-records.ts'
import { decodeTimeCursor, encodeTimeCursor } from './time-cursor.ts'
import { lookAtTopics } from './topics-now.ts'

/** What reading from Kafka needs. */
export interface KafkaSourceNeeds {
  readonly broker: Broker
  readonly logger: Logger
}

interface Tools {
  readonly admin: BrokerAdmin
  readonly reader: BrokerReader
}

/**
 * Entries straight from the topics, for replays without an audit log: as far back as Kafka keeps them. Kafka has no index over events, so every question reads the
 * offsets that it is about from end to end; only naming `ranges` makes that less. Records of open transactions are waited for.
 *
 * Values in the wire format of a schema registry count as undecodable, and a survey says how many there are.
 */
export function createKafkaSource({ broker, logger }: KafkaSourceNeeds): ReplaySource {
  /** Where the merge stood at each entry it gave; gone with the entry. */
  const merged = new WeakMap<AuditEntry, MergedEntry>()

  async function open(wait: WaitOptions): Promise<Tools & { readonly close: () => Promise<void> }> {
    const admin = broker.createAdmin()
    const reader = broker.createReader()
    const close = async (): Promise<void> => {
      await Promise.allSettled([reader.close(), admin.close()])
    }
    try {
      await admin.start(wait)
      await reader.start(wait)
      return { admin, reader, close }
    } catch (error) {
      await close()
      throw error
    }
  }

  async function survey(selection: OpenSelection, { onRead, ...wait }: SurveyOptions): Promise<ReplaySurvey> {
    const matches = matchOf(selection)
    const topics = namedTopics(selection)
    const { admin, reader, close } = await open(wait)
    try {
      const now = await lookAtTopics(admin, topics, { selection, code: 'REPLAY_REQUEST_INVALID' }, wait)
      return await surveyRecords(reader, { selection, now, matches }, { ...wait, ...(onRead && { onRead }) })
    } finally {
      await close()
    }
  }

  async function* read(
    selection: FrozenSelection,
    position: ReplayPosition,
    wait: WaitOptions,
  ): AsyncGenerator<AuditEntry, void, undefined> {
    const matches = matchOf(selection)
    const topics = namedTopics(selection)
    const { admin, reader, close } = await open(wait)
    try {
      const now = await lookAtTopics(admin, topics, { selection, code: 'REPLAY_READ_FAILED' }, wait)
      const partitions = behind(spansToRead(selection, now.partitions), position, now.cluster)
      warnOfLosses(partitions, logger)
      if (position.order === 'key') {
        for await (const { records } of slicesSideBySide(reader, partitions, wait)) {
          for (const record of records) {
            const entry = entryOfRecord(record)
            if (matches(entry)) yield entry
          }
        }
        return
      }
      for await (const one of mergeByTime(mergeable(reader, partitions, matches), wait)) {
        merged.set(one.entry, one)
        yield one.entry
      }
    } finally {
      await close()
    }
  }

  return {
    name: 'kafka',
    explain(selection) {
      matchOf(selection)
      return {
        condition: `every record of ${topicsOf(selection)?.join(', ') ?? 'the topics'}`,
        values: {},
        ...(selection.filter !== undefined && { onRows: selection.filter }),
      }
    },
    survey: (selection, options = {}) => survey(selection, options),
    read: (selection, position, wait = {}) => read(selection, position, wait),
    cursorOf(entry) {
      const one = merged.get(entry)
      if (one === undefined) throw new TypeError('only an entry that was read in the order of time has a cursor')
      return encodeTimeCursor(one.places())
    },
  }
}

/** The offsets are what is read, so they are not asked of every entry again. */
function matchOf(selection: AuditSelection): SelectionMatch {
  const { ranges: _, below: __, ...conditions } = selection
  const problems = selectionProblems(selection)
  if (problems.length > 0) throw invalid(`the selection cannot be asked: ${problems.join('; ')}`)
  return selectionMatch(conditions, (text) => {
    const filter = compileFilter(text)
    return (envelope: Envelope, { record }: AuditEntry) => filter.matches(envelope, record.headers).matched
  })
}

function namedTopics(selection: AuditSelection): readonly string[] {
  const topics = topicsOf(selection)
  if (topics !== undefined) return topics
  throw invalid(
    'reading from Kafka reads whole topics, so it has to be told which: name topics, or ranges of partitions',
  )
}

function invalid(problem: string): ReplayError {
  return new ReplayError(`replay request: ${problem}`, { code: 'REPLAY_REQUEST_INVALID' })
}

/** What stands behind a position. */
function behind(
  partitions: readonly PartitionSpans[],
  position: ReplayPosition,
  cluster: string,
): readonly PartitionSpans[] {
  const starts = new Map(
    position.order === 'key'
      ? position.starts.filter((start) => start.cluster === cluster).map((start) => [partitionName(start), start.from])
      : decodeTimeCursor(position.cursor ?? encodeTimeCursor([])).map((place) => [partitionName(place), place.next]),
  )
  return partitions.map((partition) => {
    const start = starts.get(partitionName(partition)) ?? 0n
    const { asked, spans } = partition
    return { ...partition, asked: beginningAt(asked, start), spans: beginningAt(spans, start) }
  })
}

/** The count at the end of a run tells whether it matters; here is why. */
function warnOfLosses(partitions: readonly PartitionSpans[], logger: Logger): void {
  for (const { topic, partition, asked, low } of partitions) {
    const start = asked[0]?.from
    if (start === undefined || start >= low) continue
    logger.warn(
      { topic, partition, offset: start, low },
      'Kafka holds some offsets of this replay no more; they are read from where the partition begins now',
    )
  }
}

function mergeable(reader: BrokerReader, partitions: readonly PartitionSpans[], matches: SelectionMatch) {
  return partitions.map((one) => ({
    start: { topic: one.topic, partition: one.partition, next: one.spans[0]?.from ?? 0n },
    async *read(wait: WaitOptions): AsyncGenerator<AuditEntry, void, undefined> {
      for await (const { records } of slicesOf(reader, one, wait)) {
        for (const record of records) {
          const entry = entryOfRecord(record)
          if (matches(entry)) yield entry
        }
      }
    },
  }))
}
