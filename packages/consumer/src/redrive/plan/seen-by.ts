import type { BrokerAdmin } from '@ledgerbus/core'
import type { RedriveGroup } from './redrive-plan.ts'

/** The groups that failed, each with its members. */
export async function failedGroups(admin: BrokerAdmin, groups: readonly string[]): Promise<RedriveGroup[]> {
  const found: RedriveGroup[] = []
  for (const groupId of groups) {
    const description = await admin.describeGroup(groupId)
    found.push({ groupId, failed: true, members: description?.members.length ?? 0 })
  }
  return found
}

/** Every group that reads one of the topics, or ever committed there, beside those that failed. */
export async function otherReaders(
  admin: BrokerAdmin,
  topics: readonly string[],
  failed: readonly string[],
): Promise<RedriveGroup[]> {
  const found: RedriveGroup[] = []
  // One after the other: a cluster may have thousands of groups, and planning is in no hurry.
  for (const groupId of await admin.listGroups()) {
    if (failed.includes(groupId)) continue
    const [description, offsets] = await Promise.all([admin.describeGroup(groupId), admin.groupOffsets(groupId)])
    const owned = description?.members.flatMap((member) => member.partitions) ?? []
    if ([...offsets, ...owned].some(({ topic }) => topics.includes(topic))) {
      found.push({ groupId, failed: false, members: description?.members.length ?? 0 })
    }
  }
  return found
}
