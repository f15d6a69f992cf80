import type { AuditSelection, BrokerAdmin, PartitionOffsets, TopicDescription, WaitOptions } from '@ledgerbus/core'
import { ReplayError, type ReplayErrorCode } from '../replay-error.ts'

/** Topics as they stand. */
export interface TopicsNow {
  readonly cluster: string
  readonly described: readonly TopicDescription[]
  readonly partitions: readonly PartitionOffsets[]
}

/** @throws ReplayError where the topics are not what the selection says they are; read on, it would wait for records that never come */
export async function lookAtTopics(
  admin: BrokerAdmin,
  topics: readonly string[],
  { selection, code }: { readonly selection: AuditSelection; readonly code: ReplayErrorCode },
  wait: WaitOptions,
): Promise<TopicsNow> {
  // Of no topics a broker tells all.
  const described = topics.length === 0 ? [] : await admin.describeTopics(topics)
  const missing = topics.filter((topic) => !described.some(({ name }) => name === topic))
  if (missing.length > 0) throw new ReplayError(`${missing.join(', ')}: no such topic on the broker`, { code })
  const partitions = (await Promise.all(topics.map((topic) => admin.topicOffsets(topic)))).flat()
  const cluster = await admin.clusterId()
  wait.signal?.throwIfAborted()
  for (const { cluster: bounded, topic, partition, below } of selection.below ?? []) {
    if (!topics.includes(topic)) continue
    const where = `${topic}/${partition}`
    if (bounded !== cluster) {
      throw new ReplayError(`${where} is bounded in cluster ${bounded}, this broker is ${cluster}`, { code })
    }
    const end = partitions.find((one) => one.topic === topic && one.partition === partition)?.end ?? 0n
    if (below > end) {
      throw new ReplayError(`${where} is bounded at offset ${below} and ends at ${end}; was the topic made anew?`, {
        code,
      })
    }
  }
  return { cluster, described, partitions }
}
