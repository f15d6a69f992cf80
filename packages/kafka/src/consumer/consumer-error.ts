import { BrokerError, type LedgerbusError, type TopicPartition } from '@ledgerbus/core'
import { readClientError } from '../errors/read-client-error.ts'

export function consumerClosed(groupId: string): BrokerError {
  return new BrokerError(`consumer of group ${groupId}: closed; make a new one`, { code: 'BROKER_CLOSED', groupId })
}

export function consumerNotStarted(groupId: string): BrokerError {
  const says = `consumer of group ${groupId}: not started; call start() first`
  return new BrokerError(says, { code: 'BROKER_NOT_STARTED', groupId })
}

export function consumerAlreadyStarted(groupId: string): BrokerError {
  const says = `consumer of group ${groupId}: started before; one listener a consumer`
  return new BrokerError(says, { code: 'BROKER_ALREADY_STARTED', groupId })
}

/** The reason of an epoch's signal. */
export function partitionLost(groupId: string, { topic, partition }: TopicPartition): BrokerError {
  const says = `${topic}/${partition}: group ${groupId} took the partition away from this member`
  return new BrokerError(says, { code: 'BROKER_PARTITION_LOST', groupId, topic, partition })
}

export function offsetOutOfRange(
  groupId: string,
  facts: TopicPartition & {
    readonly position: bigint
    readonly low?: bigint | undefined
    readonly end?: bigint | undefined
  },
): BrokerError {
  const { topic, partition, position, low, end } = facts
  const holds = low === undefined ? 'which the partition does not hold' : `the partition holds [${low}, ${end ?? '?'})`
  const gap = low !== undefined && position < low ? `, ${low - position} offsets are gone` : ''
  return new BrokerError(
    `${topic}/${partition}: group ${groupId} stands at ${position}, ${holds}${gap}; it is paused, seek to go on`,
    { code: 'BROKER_OFFSET_OUT_OF_RANGE', groupId, topic, partition },
  )
}

export function consumerRestarted(groupId: string, cause: unknown): BrokerError {
  const { row, words } = readClientError(cause)
  return new BrokerError(`group ${groupId}: ${row.says}; this member joins anew (${words})`, {
    code: 'BROKER_CONSUMER_RESTARTED',
    groupId,
    retriable: true,
    cause,
  })
}

export function metadataTooLarge(groupId: string, { topic, partition }: TopicPartition, most: number): LedgerbusError {
  const says = `${topic}/${partition}: the metadata of a commit has at most ${most} characters of ASCII`
  return new BrokerError(says, { code: 'BROKER_COMMIT_METADATA_TOO_LARGE', groupId, topic, partition })
}

export function stillRebalancing(groupId: string): BrokerError {
  const says = `group ${groupId}: it is sharing out its partitions; commit again after it`
  return new BrokerError(says, { code: 'BROKER_REBALANCING', groupId, retriable: true })
}

export function commitUnanswered(groupId: string): BrokerError {
  const says = `group ${groupId}: no answer to the commit in time; look at the brokers`
  return new BrokerError(says, { code: 'BROKER_NO_ANSWER', outcome: 'unknown', retriable: true, groupId })
}

export function noStaticMembership(groupId: string): BrokerError {
  const says = `consumer of group ${groupId}: instanceId: the Kafka client has no static membership (see capabilities); leave it out`
  return new BrokerError(says, { code: 'BROKER_NOT_CAPABLE', groupId })
}
