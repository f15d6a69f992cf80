import type { TopicPartition } from '../ports/topic-partition.ts'
import type { GroupShare } from './group-share.ts'
import { type FamilyOptions, type PartitionFamily, partitionFamilies } from './partition-families.ts'

/**
 * Shares the partitions of a group out, the same way for every broker: a partition goes to a member that reads its topic, partition p of a topic and of its
 * retry topics to the same one, members have as many of these families as each other as far as their topics allow, and what can
 * stay where it is stays.
 *
 * A family goes to members that read all of it, so while members of an older version are about that do not know a retry topic, the others own
 * the families it belongs to. Only where nobody reads all of a family is it split, rather than left to nobody.
 *
 * @param members in any order; the same members always get the same answer
 */
export function sharePartitions(
  members: readonly GroupShare[],
  options: FamilyOptions,
): ReadonlyMap<string, readonly TopicPartition[]> {
  const sorted = members.toSorted((left, right) => (left.memberId < right.memberId ? -1 : 1))
  const owners = new Map<PartitionFamily, string>()
  const counts = new Map(sorted.map(({ memberId }) => [memberId, 0]))
  const countOf = (memberId: string) => counts.get(memberId) ?? 0

  function give(family: PartitionFamily, memberId: string): void {
    const former = owners.get(family)
    if (former !== undefined) counts.set(former, countOf(former) - 1)
    owners.set(family, memberId)
    counts.set(memberId, countOf(memberId) + 1)
  }

  function leastLoaded({ eligible: [first, ...others] }: PartitionFamily): string | undefined {
    return others.reduce<string | undefined>(
      (least, { memberId }) => (least !== undefined && countOf(memberId) >= countOf(least) ? least : memberId),
      first?.memberId,
    )
  }

  /** From who has most to who has least, so that nothing moves twice. */
  function widestMove(): { readonly family: PartitionFamily; readonly to: string } | undefined {
    let widest: { readonly family: PartitionFamily; readonly to: string; readonly gap: number } | undefined
    for (const [family, owner] of owners) {
      const to = leastLoaded(family)
      const gap = to === undefined ? 0 : countOf(owner) - countOf(to)
      if (to !== undefined && gap >= (widest?.gap ?? 2)) widest = { family, to, gap }
    }
    return widest
  }

  const families = partitionFamilies(sorted, options)
  const claimOf = readClaims(sorted)
  const free = families.filter((family) => {
    const owner = ownerOf(family, claimOf)
    if (owner !== undefined) give(family, owner)
    return owner === undefined
  })
  for (const family of free) {
    const memberId = leastLoaded(family)
    if (memberId !== undefined) give(family, memberId)
  }
  for (let move = widestMove(); move !== undefined; move = widestMove()) give(move.family, move.to)
  const shared = new Map(sorted.map(({ memberId }): [string, TopicPartition[]] => [memberId, []]))
  for (const family of families) shared.get(owners.get(family) ?? '')?.push(...family.partitions)
  return shared
}

type Claims = (partition: TopicPartition) => readonly GroupShare[]

function readClaims(members: readonly GroupShare[]): Claims {
  const claims = new Map<string, GroupShare[]>()
  for (const member of members) {
    for (const { topic, partition } of member.owned) {
      const place = `${topic}/${partition}`
      claims.set(place, [...(claims.get(place) ?? []), member])
    }
  }
  return ({ topic, partition }) => claims.get(`${topic}/${partition}`) ?? []
}

/**
 * Whoever owns the source keeps the family; of a family that was split, the rest comes to it. A member that was away may still believe that it
 * owns what another got since.
 */
function ownerOf({ partitions, eligible }: PartitionFamily, claimsOf: Claims): string | undefined {
  for (const partition of partitions) {
    const claims = claimsOf(partition).filter((member) => eligible.includes(member))
    const [latest] = claims.toSorted((left, right) => right.generation - left.generation)
    if (latest !== undefined) return latest.memberId
  }
  return undefined
}
