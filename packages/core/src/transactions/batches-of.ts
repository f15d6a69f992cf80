import type { ProducerRecord } from '../ports/record.ts'
import type { TopicPartition } from '../ports/topic-partition.ts'

/** A record and where it goes. */
export interface AddressedRecord extends TopicPartition {
  readonly record: ProducerRecord
}

/** Records of one partition that go out together. */
export interface RecordBatchToAppend extends TopicPartition {
  readonly records: readonly ProducerRecord[]
}

/** Kafka's default limit of a batch is 1,048,588 bytes; the port's is 500 records. */
const bounds = { maxRecords: 500, maxBytes: 750_000 } as const

/** Cuts records into batches; those of a partition follow one another in the order given. */
export function batchesOf(records: readonly AddressedRecord[]): readonly RecordBatchToAppend[] {
  const open = new Map<string, { readonly records: ProducerRecord[]; bytes: number }>()
  const batches: RecordBatchToAppend[] = []
  for (const { topic, partition, record } of records) {
    const name = `${partition}/${topic}`
    const bytes = producedBytes(record)
    let batch = open.get(name)
    if (batch === undefined || batch.records.length === bounds.maxRecords || batch.bytes + bytes > bounds.maxBytes) {
      batch = { records: [], bytes: 0 }
      open.set(name, batch)
      batches.push({ topic, partition, records: batch.records })
    }
    batch.records.push(record)
    batch.bytes += bytes
  }
  return batches
}

/** About what a record takes on the wire. */
export function producedBytes({ key, value, headers }: ProducerRecord): number {
  const ofHeaders = headers.reduce((sum, header) => sum + header.name.length + (header.value?.byteLength ?? 0) + 8, 0)
  return (key?.byteLength ?? 0) + (value?.byteLength ?? 0) + ofHeaders + 64
}
