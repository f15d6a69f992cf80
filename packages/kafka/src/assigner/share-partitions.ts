import type { TopicPartition } from '@ledgerbus/core'

/** A member as the leader of its group sees it. */
export interface GroupShare {
  readonly memberId: string
  readonly topics: readonly string[]
  /** What it says it owns. */
  readonly owned: readonly TopicPartition[]
  /** The generation in which it came to own that; the later one is right. */
  readonly generation: number
}

interface Place extends TopicPartition {
  readonly eligible: readonly GroupShare[]
}

/**
 * Shares partitions out: each goes to a member that reads its topic, members have as many as each other as far as their topics allow, and what can
 * stay where it is stays. kafkajs's own assigner knows the leader's topics only, and deals all partitions anew at every join.
 *
 * @param partitionsOf the partitions of a topic; none for one that does not exist
 */
export function sharePartitions(
  members: readonly GroupShare[],
  partitionsOf: (topic: string) => readonly number[],
): ReadonlyMap<string, readonly TopicPartition[]> {
  const sorted = members.toSorted((left, right) => (left.memberId < right.memberId ? -1 : 1))
  const owners = new Map<Place, string>()
  const counts = new Map(sorted.map(({ memberId }) => [memberId, 0]))
  const countOf = (memberId: string) => counts.get(memberId) ?? 0

  function give(place: Place, memberId: string): void {
    const former = owners.get(place)
    if (former !== undefined) counts.set(former, countOf(former) - 1)
    owners.set(place, memberId)
    counts.set(memberId, countOf(memberId) + 1)
  }

  function leastLoaded({ eligible: [first, ...others] }: Place): string | undefined {
    return others.reduce<string | undefined>(
      (least, { memberId }) => (least !== undefined && countOf(memberId) >= countOf(least) ? least : memberId),
      first?.memberId,
    )
  }

  const places = placesOf(sorted, partitionsOf)
  const free = places.filter((place) => {
    const owner = ownerOf(place)
    if (owner !== undefined) give(place, owner)
    return owner === undefined
  })
  for (const place of free) {
    const memberId = leastLoaded(place)
    if (memberId !== undefined) give(place, memberId)
  }
  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false
    for (const [place, owner] of owners) {
      const least = leastLoaded(place)
      if (least === undefined || countOf(owner) - countOf(least) < 2) continue
      give(place, least)
      hasMoved = true
    }
  }
  return new Map(
    sorted.map(({ memberId }) => [
      memberId,
      places.filter((place) => owners.get(place) === memberId).map(({ topic, partition }) => ({ topic, partition })),
    ]),
  )
}

function placesOf(
  members: readonly GroupShare[],
  partitionsOf: (topic: string) => readonly number[],
): readonly Place[] {
  const topics = [...new Set(members.flatMap(({ topics: of }) => of))].toSorted()
  return topics.flatMap((topic) => {
    const eligible = members.filter(({ topics: of }) => of.includes(topic))
    return [...partitionsOf(topic)]
      .toSorted((left, right) => left - right)
      .map((partition) => ({ topic, partition, eligible }))
  })
}

/** A member that was away may still believe that it owns what another got since. */
function ownerOf({ topic, partition, eligible }: Place): string | undefined {
  const claims = eligible.filter(({ owned }) => owned.some((own) => own.topic === topic && own.partition === partition))
  return claims.toSorted((left, right) => right.generation - left.generation)[0]?.memberId
}
