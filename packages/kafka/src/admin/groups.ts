import {
  BrokerError,
  type GroupDescription,
  isLedgerbusError,
  type NextOffset,
  type TopicPartition,
} from '@ledgerbus/core'
import type { MemberDescription } from 'kafkajs'
import { loadKafkaJs } from '../client/kafkajs.ts'
import type { QuestionLine } from '../client/question-connection.ts'
import type { Questions } from '../client/questions.ts'

/** The consumer groups of a cluster. */
export interface Groups {
  list(): Promise<readonly string[]>
  describe(groupId: string): Promise<GroupDescription | undefined>
  setOffsets(groupId: string, offsets: readonly (TopicPartition & { readonly offset: NextOffset })[]): Promise<void>
}

/** Groups of consumers; the empty type is that of a group that only ever had its offsets set. */
const consumerTypes: readonly string[] = ['consumer', '']
/** What the broker answers to a commit from outside while the group has members. */
const refusals: readonly string[] = ['BROKER_MEMBER_FENCED', 'BROKER_REBALANCING']

export function createGroups(line: QuestionLine, questions: Questions): Groups {
  return {
    async list() {
      const { groups } = await line.ask({ where: 'consumer groups' }, ({ admin }) => admin.listGroups())
      const ids = groups
        .filter(({ protocolType }) => consumerTypes.includes(protocolType))
        .map(({ groupId }) => groupId)
      return [...new Set(ids)].sort()
    },
    async describe(groupId) {
      const { groups } = await line.ask({ where: `group ${groupId}`, groupId }, ({ admin }) =>
        admin.describeGroups([groupId]),
      )
      const group = groups.find((found) => found.groupId === groupId)
      // A group nobody knows is described as dead.
      if (group === undefined || group.state === 'Dead') return undefined
      return { groupId, state: group.state, members: group.members.map(toMember) }
    },
    async setOffsets(groupId, offsets) {
      if (offsets.length === 0) return
      try {
        await questions.commitFor(groupId, offsets)
      } catch (error) {
        if (!isLedgerbusError(error) || !refusals.includes(error.code)) throw error
        const says = `group ${groupId} has members, so its offsets cannot be set; stop them first`
        throw new BrokerError(says, { code: 'BROKER_GROUP_NOT_EMPTY', groupId, cause: error.cause })
      }
    },
  }
}

function toMember({
  memberId,
  clientId,
  clientHost,
  memberAssignment,
}: MemberDescription): GroupDescription['members'][number] {
  const { assignment = {} } = loadKafkaJs().AssignerProtocol.MemberAssignment.decode(memberAssignment) ?? {}
  const partitions = Object.entries(assignment).flatMap(([topic, of]) => of.map((partition) => ({ topic, partition })))
  // Kafka writes a host as Java does, `/127.0.0.1`.
  return { memberId, clientId, host: clientHost.replace(/^\//, ''), partitions: partitions.sort(byPlace) }
}

export function byPlace(left: TopicPartition, right: TopicPartition): number {
  if (left.topic !== right.topic) return left.topic < right.topic ? -1 : 1
  return left.partition - right.partition
}
