import { BrokerError, type TopicPartition } from '@ledgerbus/core'

export function readerClosed(): BrokerError {
  return new BrokerError('the reader is closed; make a new one', { code: 'BROKER_CLOSED' })
}

export function readerNotStarted(): BrokerError {
  return new BrokerError('the reader was not started; call start() first', { code: 'BROKER_NOT_STARTED' })
}

export function partitionUnknown({ topic, partition }: TopicPartition, count: number): BrokerError {
  const says = `${topic}/${partition}: the partition does not exist; the topic has ${count} partitions`
  return new BrokerError(says, { code: 'BROKER_PARTITION_UNKNOWN', topic, partition })
}

export function offsetBeyondEnd({ topic, partition }: TopicPartition, offset: bigint, end: bigint): BrokerError {
  const says = `${topic}/${partition}: it ends at ${end}, before offset ${offset}; read a span that exists`
  return new BrokerError(says, { code: 'BROKER_OFFSET_OUT_OF_RANGE', topic, partition })
}
