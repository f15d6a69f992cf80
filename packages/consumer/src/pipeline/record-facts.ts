import type { ConsumerRecord } from '@ledgerbus/core'

/** Where a record stands, for a log line: coordinates, never what is in it. */
export function recordFacts(record: ConsumerRecord, groupId: string): Readonly<Record<string, unknown>> {
  // As text: loggers that write JSON refuse a bigint.
  return { groupId, topic: record.topic, partition: record.partition, offset: String(record.offset) }
}
