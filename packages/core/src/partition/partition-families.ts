import type { TopicPartition } from '../ports/topic-partition.ts'
import { laneSourceOf } from '../topics/group-topics.ts'
import type { GroupShare } from './group-share.ts'

/** Partitions that go to one member, and the members that may have them. */
export interface PartitionFamily {
  /** The source first. */
  readonly partitions: readonly TopicPartition[]
  readonly eligible: readonly GroupShare[]
}

/** What a family is made from: the topics of a group and how many partitions they have. */
export interface FamilyOptions {
  readonly groupId: string
  /** The partitions of a topic; none for one that does not exist. */
  readonly partitionsOf: (topic: string) => readonly number[]
}

/**
 * Partition p of a topic and partition p of the group's retry topics of it, for all topics that members read. Where no member reads all of a family,
 * it is split: what the same members read stays together.
 */
export function partitionFamilies(
  members: readonly GroupShare[],
  { groupId, partitionsOf }: FamilyOptions,
): readonly PartitionFamily[] {
  const readers = new Map<string, GroupShare[]>()
  for (const member of members) {
    for (const topic of new Set(member.topics)) readers.set(topic, [...(readers.get(topic) ?? []), member])
  }
  const families = new Map<string, TopicPartition[]>()
  // A topic's name is the beginning of its retry topics' names, so it sorts before them.
  for (const topic of [...readers.keys()].toSorted()) {
    for (const partition of [...partitionsOf(topic)].toSorted((left, right) => left - right)) {
      addTo(families, `${sourceOf(topic, groupId)}/${partition}`, { topic, partition })
    }
  }
  return [...families.values()].flatMap((partitions) => wholeOrSplit(partitions, readers))
}

/** A retry topic of a retry topic belongs to the same family. */
function sourceOf(topic: string, groupId: string): string {
  const source = laneSourceOf(topic, groupId)
  return source === undefined ? topic : sourceOf(source, groupId)
}

function wholeOrSplit(
  partitions: readonly TopicPartition[],
  readers: ReadonlyMap<string, readonly GroupShare[]>,
): PartitionFamily[] {
  const readersOf = ({ topic }: TopicPartition) => readers.get(topic) ?? []
  const [first, ...others] = partitions
  const readsAll = (member: GroupShare) => others.every((partition) => readersOf(partition).includes(member))
  const eligible = first === undefined ? [] : readersOf(first).filter(readsAll)
  if (eligible.length > 0) return [{ partitions, eligible }]
  const parts = new Map<string, TopicPartition[]>()
  for (const partition of partitions) {
    addTo(parts, JSON.stringify(readersOf(partition).map(({ memberId }) => memberId)), partition)
  }
  return [...parts.values()].map((part) => ({ partitions: part, eligible: part[0] ? readersOf(part[0]) : [] }))
}

function addTo(groups: Map<string, TopicPartition[]>, key: string, partition: TopicPartition): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [partition])
  else group.push(partition)
}
