import { BrokerError } from '@ledgerbus/core'
import type { Cluster, Consumer, ConsumerConfig, Kafka, PartitionAssigner } from 'kafkajs'
import { loadKafkaJs } from './kafkajs.ts'

/** A kafkajs consumer and the cluster behind it. */
export interface GroupClient {
  readonly consumer: Consumer
  /** Coordinators, offsets and metadata, in kafkajs's own terms; it is part of its public types, as what assigners are given. */
  readonly cluster: Cluster
}

/**
 * kafkajs shows its cluster to the assigner of a consumer and to nobody else.
 *
 * @param assigner how the partitions of the group are shared out
 */
export function createGroupClient(
  kafka: Kafka,
  config: Omit<ConsumerConfig, 'partitionAssigners'>,
  assigner: PartitionAssigner = loadKafkaJs().PartitionAssigners.roundRobin,
): GroupClient {
  let cluster: Cluster | undefined
  const consumer = kafka.consumer({
    ...config,
    partitionAssigners: [
      (environment) => {
        cluster = environment.cluster
        return assigner(environment)
      },
    ],
  })
  if (cluster === undefined) {
    throw new BrokerError('kafkajs made a consumer without asking for its assigner', { code: 'BROKER_CLIENT_FAULT' })
  }
  return { consumer, cluster }
}
