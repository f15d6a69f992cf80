import type { Cluster, GroupMember } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { loadKafkaJs } from '../client/kafkajs.ts'
import { createGroupAssigner } from './group-assigner.ts'

/** A leader that reads nothing itself, in a group whose other member reads `orders`. */
function assignWith(metadata: () => Promise<unknown>, refreshMetadata = async (): Promise<void> => undefined) {
  const { MemberMetadata } = loadKafkaJs().AssignerProtocol
  const cluster = { findTopicPartitionMetadata: () => [], metadata, refreshMetadata } as unknown as Cluster
  const assigner = createGroupAssigner(() => ({ owned: [], generation: -1 }))({ groupId: 'billing', cluster } as never)
  const members: GroupMember[] = [
    {
      memberId: 'other',
      memberMetadata: MemberMetadata.encode({ version: 0, topics: ['orders'], userData: Buffer.alloc(0) }),
    },
  ]
  return assigner.assign({ members, topics: [] })
}

describe('group assigner', () => {
  it('shares out nothing when no broker tells the partitions of a topic: they would be nobody’s until the next join', async () => {
    await expect(assignWith(async () => null)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
    await expect(
      assignWith(async () => {
        throw Object.assign(new Error('not now'), { name: 'KafkaJSProtocolError', type: 'LEADER_NOT_AVAILABLE' })
      }),
    ).rejects.toThrow('not now')
  })

  it('looks its own topics up again, whose metadata kafkajs gives up for that of the topic asked about', async () => {
    const asked: string[] = []
    await assignWith(
      async () => {
        asked.push('orders')
        return { topicMetadata: [{ topic: 'orders', partitionMetadata: [] }] }
      },
      async () => void asked.push('its own'),
    )

    expect(asked).toEqual(['orders', 'its own'])
  })

  it('does without a topic that does not exist', async () => {
    const shared = await assignWith(async () => {
      throw Object.assign(new Error('unknown'), { name: 'KafkaJSProtocolError', type: 'UNKNOWN_TOPIC_OR_PARTITION' })
    })

    expect(shared.map(({ memberId }) => memberId)).toEqual(['other'])
  })
})
