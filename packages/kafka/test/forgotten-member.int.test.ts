import { randomUUID } from 'node:crypto'
import type { CommitPosition, PartitionEpoch } from '@ledgerbus/core'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { Kafka, logLevel, PartitionAssigners } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { createKafkaWorld, until } from './kafka-world.ts'

const { kafkaBrokers } = stackAddresses()

/** kafkajs's types leave it out. */
interface Coordinator {
  leaveGroup(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>
}

/** Takes the only member of a group out of it, as the broker does with one that was silent for too long. */
async function forgetMemberOf(groupId: string): Promise<void> {
  const kafka = new Kafka({ brokers: [...kafkaBrokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const { groups } = await admin.describeGroups([groupId])
  await admin.disconnect()
  const clusters: Parameters<typeof PartitionAssigners.roundRobin>[0]['cluster'][] = []
  kafka.consumer({
    groupId,
    partitionAssigners: [
      (environment) => {
        clusters.push(environment.cluster)
        return PartitionAssigners.roundRobin(environment)
      },
    ],
  })
  for (const cluster of clusters) {
    await cluster.connect()
    const coordinator: unknown = await cluster.findGroupCoordinator({ groupId })
    await (coordinator as Coordinator).leaveGroup({ groupId, memberId: groups[0]?.members[0]?.memberId ?? '' })
    await cluster.disconnect()
  }
}

describe('a member that its group forgot', () => {
  const world = createKafkaWorld({ brokers: kafkaBrokers })

  it('gives up what it owned at once, instead of committing it, and joins anew', async () => {
    const topic = await world.topic()
    const groupId = `group-${randomUUID()}`
    await world.append(topic, 0, ['a', 'b'])
    const told: string[] = []
    const finished: CommitPosition[] = []
    const { batches, consumer } = await world.reader(
      { topics: [topic], groupId },
      {
        async deliver({ partition, epoch, nextOffset }) {
          finished.push({ topic, partition, epoch, offset: nextOffset })
        },
        async revoking() {
          told.push('revoking')
          await consumer.commit(finished)
        },
        lost: (partitions: readonly PartitionEpoch[]) => told.push(...partitions.map(({ epoch }) => `lost ${epoch}`)),
      },
    )
    await until(() => expect(batches).toHaveLength(1))

    await forgetMemberOf(groupId)
    await until(() => expect(batches).toHaveLength(2))

    expect(told).toEqual(['lost 1'])
    expect(batches.map(({ epoch }) => epoch)).toEqual([1, 2])
    expect(await consumer.committed({ topic, partition: 0 })).toBeUndefined()
  })
})
