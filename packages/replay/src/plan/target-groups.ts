import type { BrokerAdmin, GroupOffset, PartitionOffsets, WaitOptions } from '@ledgerbus/core'
import type { ReplayGroup } from './replay-plan.ts'

/** The groups on the topics of a replay: those it is aimed at and those that will see its records pass by. */
export interface GroupsOnTopics {
  readonly targetGroups: readonly ReplayGroup[]
  readonly otherGroups: readonly ReplayGroup[]
}

function lagOf(committed: readonly GroupOffset[], partitions: readonly PartitionOffsets[]): bigint | undefined {
  const here = committed.filter((commit) => partitions.some((partition) => isSame(commit, partition)))
  if (here.length === 0) return undefined
  return partitions.reduce((lag, partition) => {
    // A partition without a commit is read from its beginning; a commit below it finds nothing there any more.
    const commit = here.find((candidate) => isSame(candidate, partition))?.offset ?? partition.low
    const from = commit > partition.low ? commit : partition.low
    return lag + (partition.end > from ? partition.end - from : 0n)
  }, 0n)
}

function isSame(a: { topic: string; partition: number }, b: { topic: string; partition: number }): boolean {
  return a.topic === b.topic && a.partition === b.partition
}

export async function lookAtGroup(
  admin: BrokerAdmin,
  groupId: string,
  partitions: readonly PartitionOffsets[],
): Promise<ReplayGroup & { readonly reads: boolean }> {
  const [description, committed] = await Promise.all([admin.describeGroup(groupId), admin.groupOffsets(groupId)])
  const lag = lagOf(committed, partitions)
  const owned = description?.members.flatMap((member) => member.partitions) ?? []
  return {
    groupId,
    known: description !== undefined || committed.length > 0,
    members: description?.members.length ?? 0,
    ...(lag !== undefined && { lag }),
    reads: lag !== undefined || owned.some((one) => partitions.some((partition) => isSame(one, partition))),
  }
}

/** Asks the broker who reads these partitions: all that the topics of a replay have. */
export async function groupsOnTopics(
  admin: BrokerAdmin,
  partitions: readonly PartitionOffsets[],
  groups: readonly string[],
  { signal }: WaitOptions = {},
): Promise<GroupsOnTopics> {
  const others = (await admin.listGroups()).filter((groupId) => !groups.includes(groupId))
  const targetGroups: ReplayGroup[] = []
  const otherGroups: ReplayGroup[] = []
  // One after the other: a cluster may have thousands of groups, and planning is in no hurry.
  for (const groupId of groups) {
    signal?.throwIfAborted()
    const { reads: _, ...group } = await lookAtGroup(admin, groupId, partitions)
    targetGroups.push(group)
  }
  for (const groupId of others) {
    signal?.throwIfAborted()
    const { reads, ...group } = await lookAtGroup(admin, groupId, partitions)
    if (reads) otherGroups.push(group)
  }
  return { targetGroups, otherGroups }
}
