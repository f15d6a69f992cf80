import { type GroupShare, isLedgerbusError, sharePartitions, type TopicPartition } from '@ledgerbus/core'
import type { Assignment, Cluster, PartitionAssigner, PartitionMetadata } from 'kafkajs'
import { loadKafkaJs } from '../client/kafkajs.ts'
import { metadataOf } from '../client/questions.ts'
import { readClientError } from '../errors/read-client-error.ts'
import { decodeClaim, encodeClaim, type MembershipClaim } from './membership-claim.ts'

/**
 * The name under which members agree on this way of sharing. The leader alone shares out, and the others take what they get: the name changes only when
 * what members tell each other does, as members without a name in common cannot be in one group.
 */
const name = 'ledgerbus-1'
const version = 0

/** @param claim what this member owns at the moment it joins */
export function createGroupAssigner(claim: () => MembershipClaim): PartitionAssigner {
  const { AssignerProtocol } = loadKafkaJs()
  const { MemberMetadata, MemberAssignment } = AssignerProtocol

  return ({ cluster, groupId }) => ({
    name,
    version,
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({ version, topics, userData: encodeClaim(claim()) }),
    }),
    async assign({ members }) {
      const shares = members.map(({ memberId, memberMetadata }): GroupShare => {
        const { topics = [], userData = null } = MemberMetadata.decode(memberMetadata) ?? {}
        return { memberId, topics, ...decodeClaim(userData) }
      })
      const partitions = await partitionsOf(cluster, shares)
      const shared = sharePartitions(shares, { groupId, partitionsOf: (topic) => partitions.get(topic) ?? [] })
      return [...shared].map(([memberId, of]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({ version, assignment: byTopic(of), userData: Buffer.alloc(0) }),
      }))
    },
  })
}

/** The leader shares out topics that it does not read itself, as when a new version of a service reads one more. */
async function partitionsOf(
  cluster: Cluster,
  shares: readonly GroupShare[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const partitions = new Map<string, readonly number[]>()
  let hasAsked = false
  for (const topic of new Set(shares.flatMap(({ topics }) => topics))) {
    let found: readonly PartitionMetadata[] = cluster.findTopicPartitionMetadata(topic)
    if (found.length === 0) {
      hasAsked = true
      found = await askFor(cluster, topic)
    }
    partitions.set(
      topic,
      found.map(({ partitionId }) => partitionId),
    )
  }
  // The answer took the place of what kafkajs knew of the leader's own topics: it would take them for grown, and rejoin over and over.
  if (hasAsked) await cluster.refreshMetadata()
  return partitions
}

async function askFor(cluster: Cluster, topic: string): Promise<readonly PartitionMetadata[]> {
  try {
    const { topicMetadata } = await metadataOf(cluster, [topic])
    return topicMetadata.find((found) => found.topic === topic)?.partitionMetadata ?? []
  } catch (error) {
    // What may pass must not leave the topic's partitions to nobody until the next join: this join fails, and is made again.
    if (isLedgerbusError(error) || readClientError(error).row.retriable) throw error
    // It is of no use to those who do not read it; whoever does finds out itself.
    return []
  }
}

function byTopic(partitions: readonly TopicPartition[]): Assignment {
  const topics: Assignment = {}
  for (const { topic, partition } of partitions) topics[topic] = [...(topics[topic] ?? []), partition]
  return topics
}
