import type { ConsumerRecord, Coordinates } from '@ledgerbus/core'
import { aRecord, type RecordInput } from './a-record.ts'

/** What {@link aConsumerRecord} may be told. */
export interface ConsumerRecordInput extends RecordInput, Partial<Coordinates> {}

/** A record as read from a broker; by default the first of `orders/0` in the cluster `test-cluster`. */
export function aConsumerRecord(input: ConsumerRecordInput = {}): ConsumerRecord {
  const { cluster = 'test-cluster', topic = 'orders', partition = 0, offset = 0n } = input
  return { cluster, topic, partition, offset, ...aRecord(input) }
}
