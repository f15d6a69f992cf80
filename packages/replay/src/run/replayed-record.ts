import { type AuditEntry, partitionOf, type ProducerRecord, replayHeaders, withoutReplayHeaders } from '@ledgerbus/core'
import type { ReplayPlan } from '../plan/replay-plan.ts'

/** A record on its way back to the broker. */
export interface ReplayedRecord {
  readonly topic: string
  readonly partition: number
  readonly record: ProducerRecord
}

/**
 * The same partition number as before wherever the topic has it: keys keep their order, since each key stood in one partition. In a topic
 * with fewer partitions the key decides, by Kafka's own rule.
 */
function targetPartition(record: AuditEntry['record'], partitions: number): number {
  if (record.partition < partitions) return record.partition
  return record.key === null ? record.partition % partitions : partitionOf(record.key, partitions)
}

/**
 * Key, value and headers byte for byte, with the marks of this replay in place of those of an earlier one. The record gets the present time:
 * Kafka's retention goes by it and would delete an old one at once.
 *
 * @param sequence place in the replay, from 0
 */
export function toReplayedRecord(
  { record }: AuditEntry,
  place: { readonly plan: ReplayPlan; readonly partitions: number; readonly sequence: number; readonly nowMs: number },
): ReplayedRecord {
  const { plan } = place
  const topic = plan.target ?? record.topic
  const marks = replayHeaders({
    replayId: plan.replayId,
    sequence: place.sequence,
    mode: topic === record.topic ? 'rehandle' : 'copy',
    of: { topic: record.topic, partition: record.partition, offset: record.offset },
    originalTimestampMs: record.timestampMs,
    groups: plan.groups,
    reason: plan.reason,
  })
  return {
    topic,
    partition: targetPartition(record, place.partitions),
    record: {
      key: record.key,
      value: record.value,
      headers: [...withoutReplayHeaders(record.headers), ...marks],
      timestampMs: BigInt(Math.trunc(place.nowMs)),
    },
  }
}
