import type {
  Broker,
  BrokerAdmin,
  BrokerReader,
  Clock,
  PartitionOffsets,
  TopicDescription,
  WaitOptions,
} from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import { findWitness } from './find-witness.ts'
import type { ReplayPlan, ReplayTopic } from './replay-plan.ts'
import { groupsOnTopics } from './target-groups.ts'

/** What the broker says about the topics and groups of a plan. */
export interface BrokerView extends Pick<ReplayPlan, 'topics' | 'targetGroups' | 'otherGroups'> {
  readonly cluster: string
  readonly partitions: readonly PartitionOffsets[]
}

/** Looks at the topics that a replay publishes to, and at who reads them. Changes nothing. @throws ReplayError `REPLAY_TARGET_UNKNOWN`; BrokerError */
export async function lookAtBroker(
  { broker, clock }: { readonly broker: Broker; readonly clock: Clock },
  topics: readonly string[],
  groups: readonly string[],
  wait: WaitOptions = {},
): Promise<BrokerView> {
  const admin = broker.createAdmin()
  const reader = broker.createReader()
  try {
    await admin.start(wait)
    const described = await existing(admin, topics)
    const partitions = (await Promise.all(topics.map((topic) => admin.topicOffsets(topic)))).flat()
    wait.signal?.throwIfAborted()
    return {
      cluster: await admin.clusterId(),
      partitions,
      topics: await withWitnesses(described, partitions, { reader, clock }, wait),
      ...(await groupsOnTopics(admin, partitions, groups, wait)),
    }
  } finally {
    await Promise.all([admin.close(), reader.close()])
  }
}

async function existing(admin: BrokerAdmin, topics: readonly string[]): Promise<readonly TopicDescription[]> {
  const described = await admin.describeTopics(topics)
  const missing = topics.filter((topic) => !described.some(({ name }) => name === topic))
  if (missing.length === 0) return described
  throw new ReplayError(
    `${missing.join(', ')}: no such topic on the broker; create it, or name an existing one as target`,
    { code: 'REPLAY_TARGET_UNKNOWN' },
  )
}

async function withWitnesses(
  described: readonly TopicDescription[],
  offsets: readonly PartitionOffsets[],
  needs: { readonly reader: BrokerReader; readonly clock: Clock },
  wait: WaitOptions,
): Promise<ReplayTopic[]> {
  if (described.length > 0) await needs.reader.start(wait)
  const topics: ReplayTopic[] = []
  for (const { name, partitions } of described) {
    const witness = await findWitness(
      offsets.filter(({ topic }) => topic === name),
      needs,
      wait,
    )
    topics.push({ name, partitions, ...(witness && { witness }) })
  }
  return topics
}
