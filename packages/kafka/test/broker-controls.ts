import type { TopicPartition } from '@ledgerbus/core'
import type { BrokerContractControls } from '@ledgerbus/testkit/contracts'
import { type Admin, Kafka, logLevel } from 'kafkajs'

async function withAdmin<Result>(brokers: readonly string[], work: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = new Kafka({ brokers: [...brokers], clientId: 'controls', logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

/** What the port does not offer, by the plain client. */
export function createBrokerControls(brokers: readonly string[]): Required<BrokerContractControls> {
  return {
    addPartitions: (topic, count) =>
      withAdmin(brokers, async (admin) => {
        await admin.createPartitions({ topicPartitions: [{ topic, count }] })
      }),
    deleteRecords: ({ topic, partition }: TopicPartition, below) =>
      withAdmin(brokers, async (admin) => {
        // It looks for the leader among topics asked about before.
        await admin.fetchTopicOffsets(topic)
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: below.toString() }] })
      }),
  }
}
