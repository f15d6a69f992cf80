import { type AuditEntry, type BrokerReader, countSummary, type SelectionMatch } from '@ledgerbus/core'
import { entryOfRecord, isFramed } from './entry-of-record.ts'
import { kafkaLosses } from './kafka-losses.ts'
import { spansToRead } from './kafka-spans.ts'
import { partitionName } from './partition-name.ts'
import { createReadMeter } from './read-meter.ts'
import type { OpenSelection, ReplaySurvey, SurveyOptions } from './replay-source.ts'
import { slicesSideBySide } from './side-by-side.ts'
import type { TopicsNow } from './topics-now.ts'

/** Reads all that a selection is about and counts what matches. */
export async function surveyRecords(
  reader: BrokerReader,
  {
    selection,
    now,
    matches,
  }: { readonly selection: OpenSelection; readonly now: TopicsNow; readonly matches: SelectionMatch },
  { onRead, ...wait }: SurveyOptions,
): Promise<ReplaySurvey> {
  const counter = countSummary()
  const partitions = spansToRead(selection, now.partitions)
  const firstMs = new Map<string, bigint>()
  const read = createReadMeter(partitions)
  const framed = new Map<string, number>()
  let first: AuditEntry | undefined
  let last: AuditEntry | undefined
  for await (const { records } of slicesSideBySide(reader, partitions, wait)) {
    const upTo = records.at(-1)
    if (onRead !== undefined && upTo !== undefined) onRead(read.upTo(upTo), read.total)
    for (const record of records) {
      const name = partitionName(record)
      if (!firstMs.has(name)) firstMs.set(name, record.timestampMs)
      if (isFramed(record.value)) framed.set(record.topic, (framed.get(record.topic) ?? 0) + 1)
      const entry = entryOfRecord(record)
      if (!matches(entry)) continue
      counter.add(entry)
      if (first === undefined || isEarlier(entry, first)) first = entry
      if (last === undefined || !isEarlier(entry, last)) last = entry
    }
  }
  const sights = partitions.map((partition) => {
    const seenMs = firstMs.get(partitionName(partition))
    return { ...partition, ...(seenMs !== undefined && { firstMs: seenMs }) }
  })
  return {
    summary: counter.summary(),
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
    losses: [...kafkaLosses(sights, now.described, selection), ...[...framed].map(framedText)],
  }
}

function framedText([topic, records]: readonly [topic: string, records: number]): string {
  return `${topic}: ${records} of the records read are encoded by a schema registry and count as undecodable here, so that no name, entity or filter finds them; the audit log reads them`
}

/** By Kafka's time; of equal ones by partition and offset, so that the answer does not depend on how fast partitions are read. */
function isEarlier({ record: left }: AuditEntry, { record: right }: AuditEntry): boolean {
  if (left.timestampMs !== right.timestampMs) return left.timestampMs < right.timestampMs
  if (left.topic !== right.topic) return left.topic < right.topic
  if (left.partition !== right.partition) return left.partition < right.partition
  return left.offset < right.offset
}
