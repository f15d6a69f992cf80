import type { RecordMetadata } from 'kafkajs'
import type { Batch } from './batch.ts'

/**
 * The offset of the batch's first record, if the broker confirmed exactly this batch. kafkajs resolves a send also without the answer of
 * a partition that moved during a repetition; what was not named was not confirmed.
 */
export function confirmedOffset(acks: readonly RecordMetadata[], { topic, partition }: Batch): bigint | undefined {
  const [ack] = acks
  if (acks.length !== 1 || ack === undefined) return undefined
  const { topicName, partition: confirmed, errorCode, baseOffset } = ack
  if (topicName !== topic || confirmed !== partition || errorCode !== 0 || baseOffset === undefined) return undefined
  const offset = BigInt(baseOffset)
  // -1: the broker knows the batch, but no longer where it stands.
  return offset < 0n ? undefined : offset
}
