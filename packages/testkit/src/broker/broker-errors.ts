import { BrokerError, type TopicPartition } from '@ledgerbus/core'

/** The errors the in-memory broker answers with: the codes of the broker port, the same as a real adapter's. */

export function unreachable(): BrokerError {
  return new BrokerError('the in-memory broker is down; bring it back with controls.comeBack()', {
    code: 'BROKER_UNREACHABLE',
    retriable: true,
  })
}

export function notStarted(what: string): BrokerError {
  return new BrokerError(`the ${what} was not started; call start() first`, { code: 'BROKER_NOT_STARTED' })
}

export function closed(what: string): BrokerError {
  return new BrokerError(`the ${what} is closed; make a new one`, { code: 'BROKER_CLOSED' })
}

export function topicUnknown(topic: string): BrokerError {
  return new BrokerError(`topic ${topic} does not exist; create it first`, { code: 'BROKER_TOPIC_UNKNOWN', topic })
}

export function partitionUnknown(topic: string, partition: number, count: number): BrokerError {
  return new BrokerError(`${topic}/${partition} does not exist; the topic has ${count} partitions`, {
    code: 'BROKER_PARTITION_UNKNOWN',
    topic,
    partition,
  })
}

export function batchRefused(topic: string, partition: number, count: number): BrokerError {
  return new BrokerError(`${topic}/${partition}: a batch has 1 to 500 records, not ${count}`, {
    code: 'BROKER_BATCH_INVALID',
    topic,
    partition,
  })
}

export function recordTooLarge(topic: string, partition: number, bytes: number, most: number): BrokerError {
  return new BrokerError(`${topic}/${partition}: the batch has ${bytes} bytes, the topic takes at most ${most}`, {
    code: 'BROKER_RECORD_TOO_LARGE',
    topic,
    partition,
  })
}

export function abortedBeforeSend(topic: string, partition: number, cause: unknown): BrokerError {
  return new BrokerError(`${topic}/${partition}: aborted before the batch was sent`, {
    code: 'BROKER_ABORTED',
    topic,
    partition,
    cause,
  })
}

export function noAnswer(topic: string, partition: number, why: string, cause?: unknown): BrokerError {
  return new BrokerError(`${topic}/${partition}: ${why} before the broker answered; the batch may be stored`, {
    code: 'BROKER_NO_ANSWER',
    topic,
    partition,
    outcome: 'unknown',
    retriable: true,
    cause,
  })
}

export function abortedBeforeEnlisted(transactionalId: string, cause: unknown): BrokerError {
  const says = `transaction ${transactionalId}: aborted before its partitions were told`
  return new BrokerError(says, { code: 'BROKER_ABORTED', cause })
}

export function transactionFenced(transactionalId: string): BrokerError {
  return new BrokerError(`transaction ${transactionalId}: a later producer of this id, or the time-out, took over`, {
    code: 'BROKER_TRANSACTION_FENCED',
  })
}

export function transactionUnusable(transactionalId: string, why: string): BrokerError {
  return new BrokerError(`transaction ${transactionalId}: ${why}`, { code: 'BROKER_TRANSACTION_UNUSABLE' })
}

export function memberFenced(groupId: string, instanceId: string): BrokerError {
  return new BrokerError(
    `group ${groupId}: a later member of the instance id ${instanceId} took this one's place; close this one, and give each member an id of its own`,
    { code: 'BROKER_MEMBER_FENCED', groupId },
  )
}

export function partitionLost(groupId: string, topic: string, partition: number): BrokerError {
  return new BrokerError(`${topic}/${partition}: group ${groupId} took the partition away from this member`, {
    code: 'BROKER_PARTITION_LOST',
    groupId,
    topic,
    partition,
  })
}

export function offsetOutOfRange(
  groupId: string,
  facts: {
    readonly topic: string
    readonly partition: number
    readonly position: bigint
    readonly low: bigint
    readonly end: bigint
  },
): BrokerError {
  const { topic, partition, position, low, end } = facts
  return new BrokerError(
    `${topic}/${partition}: group ${groupId} stands at ${position}, the partition holds [${low}, ${end}); seek to go on`,
    { code: 'BROKER_OFFSET_OUT_OF_RANGE', groupId, topic, partition },
  )
}

export function offsetBeyondEnd({ topic, partition }: TopicPartition, offset: bigint, end: bigint): BrokerError {
  return new BrokerError(`${topic}/${partition}: it ends at ${end}, before offset ${offset}; read a span that exists`, {
    code: 'BROKER_OFFSET_OUT_OF_RANGE',
    topic,
    partition,
  })
}
