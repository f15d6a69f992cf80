import {
  type Clock,
  type GroupDescription,
  type GroupOffset,
  type NextOffset,
  sharePartitions,
  type TopicPartition,
} from '@ledgerbus/core'
import { boundedWait } from '../bounded-wait.ts'
import { createAbsences } from './absences.ts'

/** One ownership of a partition. The token tells it from an earlier one of the same member. */
export interface Ownership extends TopicPartition {
  readonly token: symbol
}

/** A member as its group sees it. */
export interface GroupMember {
  readonly memberId: string
  readonly topics: readonly string[]
  /** A member that has one keeps its place while it is away, for as long as its session lasts. */
  readonly instanceId: string | undefined
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** A rebalance begins: deliver nothing more, commit what is finished. */
  prepare(): Promise<void>
  /** Ownership of these ended. */
  lose(partitions: readonly TopicPartition[]): void
  /** These are newly owned. */
  gain(ownerships: readonly Ownership[]): void
  /** The rebalance is over: deliver again. */
  resume(): void
  /** A later member of the same instance id took this one's place. */
  fence(): void
}

/** What the group stored for a partition. */
export interface StoredCommit {
  readonly offset: NextOffset
  readonly metadata: string
}

/** A consumer group: members, who owns what, and the offsets they committed. */
export interface ConsumerGroup {
  readonly groupId: string
  /**
   * Resolves once the member's first rebalance is over; at once, when it takes the place of an earlier member of its instance id that read
   * the same topics.
   */
  join(member: GroupMember): Promise<void>
  /** Of a member with an instance id only its session runs out. */
  leave(memberId: string): void
  /** Members agree anew; with `announce: false` they hear of it only by what they lose and gain. */
  rebalance(options?: { readonly announce?: boolean }): Promise<void>
  /** Gives partitions to nobody until they are given back. `silently`: their owner learns it from its next commit. */
  withhold(partitions: readonly TopicPartition[], options: { readonly silently: boolean }): void
  giveBack(partitions: readonly TopicPartition[]): void
  owned(): readonly TopicPartition[]
  /** Stores the position if the ownership still stands. */
  commit(ownership: Ownership, position: StoredCommit): boolean
  committed(partition: TopicPartition): StoredCommit | undefined
  /** Sets an offset from outside the group. */
  setOffset(partition: TopicPartition, position: StoredCommit): void
  forgetTopic(topic: string): void
  readsTopic(topic: string): boolean
  readonly memberCount: number
  offsets(): readonly GroupOffset[]
  describe(): GroupDescription
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

function byPlace(left: TopicPartition, right: TopicPartition): number {
  if (left.topic !== right.topic) return left.topic < right.topic ? -1 : 1
  return left.partition - right.partition
}

function hasSameTopics({ topics }: GroupMember, other: GroupMember): boolean {
  return topics.every((topic) => other.topics.includes(topic)) && other.topics.every((topic) => topics.includes(topic))
}

interface Owner {
  readonly member: GroupMember
  readonly ownership: Ownership
}

/** @param partitionsOf all partitions a topic has now; none when it does not exist */
export function createConsumerGroup(
  groupId: string,
  {
    clock,
    partitionsOf,
  }: { readonly clock: Clock; readonly partitionsOf: (topic: string) => readonly TopicPartition[] },
): ConsumerGroup {
  const members = new Map<string, GroupMember>()
  const owners = new Map<string, Owner>()
  const withheld = new Set<string>()
  /** Taken away, but the former owner does not know yet. */
  const untold = new Map<string, Owner>()
  const commits = new Map<string, TopicPartition & StoredCommit>()
  let state = 'Empty'
  let running: Promise<void> | undefined
  let next: { readonly announce: boolean } | undefined
  const absences = createAbsences(clock, remove)

  function present(): readonly GroupMember[] {
    return [...members.values()].filter(({ memberId }) => !absences.has(memberId))
  }

  function tell(lost: readonly Owner[]): void {
    for (const member of new Set(lost.map((owner) => owner.member))) {
      const partitions = lost.filter((owner) => owner.member === member).map((owner) => owner.ownership)
      member.lose(partitions)
    }
  }

  function takeUntold(): readonly Owner[] {
    const owed = [...untold.values()]
    untold.clear()
    return owed
  }

  function sharedPartitionsOf(topic: string): readonly number[] {
    return partitionsOf(topic)
      .filter((partition) => !withheld.has(keyOf(partition)))
      .map(({ partition }) => partition)
  }

  /** Every partition leaves its old owner before it enters the new one. */
  function assign(): void {
    const shares = [...members.values()].map(({ memberId, topics }) => {
      const owned = [...owners.values()].filter(({ member }) => member.memberId === memberId)
      return { memberId, topics, owned: owned.map(({ ownership }) => ownership), generation: 0 }
    })
    const plan = sharePartitions(shares, { groupId, partitionsOf: sharedPartitionsOf })
    const lost = takeUntold().slice()
    for (const [key, owner] of owners) {
      const kept = plan.get(owner.member.memberId)?.some((partition) => keyOf(partition) === key) ?? false
      if (kept) continue
      owners.delete(key)
      lost.push(owner)
    }
    tell(lost)
    for (const member of members.values()) {
      const gained = (plan.get(member.memberId) ?? [])
        .filter((partition) => !owners.has(keyOf(partition)))
        .map((partition): Ownership => ({ ...partition, token: Symbol(keyOf(partition)) }))
      for (const ownership of gained) owners.set(keyOf(ownership), { member, ownership })
      if (gained.length > 0 && !absences.has(member.memberId)) member.gain(gained)
    }
  }

  async function runOnce({ announce }: { readonly announce: boolean }): Promise<void> {
    state = 'PreparingRebalance'
    if (announce) {
      const prepared = present().map((member) =>
        boundedWait(member.prepare(), { clock, timeoutMs: member.rebalanceTimeoutMs }),
      )
      await Promise.all(prepared)
    }
    assign()
    state = members.size === 0 ? 'Empty' : 'Stable'
    for (const member of present()) member.resume()
  }

  async function runAll(): Promise<void> {
    while (next !== undefined) {
      const asked = next
      next = undefined
      await runOnce(asked)
    }
    // In the same turn as the last look at `next`: what asks from now on starts anew.
    running = undefined
  }

  /** What asks for a rebalance during one gets another behind it. */
  function rebalance({ announce = true }: { readonly announce?: boolean } = {}): Promise<void> {
    next = { announce: announce && (next?.announce ?? true) }
    running ??= runAll()
    return running
  }

  /** Its partitions, now nobody's. */
  function strike(member: GroupMember): readonly TopicPartition[] {
    members.delete(member.memberId)
    absences.end(member.memberId)
    const own = [...owners].filter(([, owner]) => owner.member === member)
    for (const [key] of own) owners.delete(key)
    for (const [key, owner] of untold) if (owner.member === member) untold.delete(key)
    return own.map(([, { ownership }]) => ownership)
  }

  function remove(memberId: string): void {
    const member = members.get(memberId)
    if (member === undefined) return
    strike(member)
    void rebalance()
  }

  /** The others hear nothing of it, unless the new member reads other topics. */
  function takePlace(member: GroupMember, former: GroupMember): Promise<void> {
    if (!absences.has(former.memberId)) former.fence()
    const own = strike(former)
    members.set(member.memberId, member)
    const gained = own
      .filter(({ topic }) => member.topics.includes(topic))
      .map(({ topic, partition }): Ownership => ({ topic, partition, token: Symbol(keyOf({ topic, partition })) }))
    for (const ownership of gained) owners.set(keyOf(ownership), { member, ownership })
    if (gained.length > 0) member.gain(gained)
    return hasSameTopics(member, former) ? (running ?? Promise.resolve()) : rebalance()
  }

  return {
    groupId,
    join(member) {
      const { instanceId } = member
      const former = [...members.values()].find((other) => other.instanceId === instanceId)
      if (instanceId !== undefined && former !== undefined) return takePlace(member, former)
      members.set(member.memberId, member)
      return rebalance()
    },
    leave(memberId) {
      const member = members.get(memberId)
      if (member?.instanceId === undefined) remove(memberId)
      else if (!absences.has(memberId)) absences.begin(memberId, member.sessionTimeoutMs)
    },
    rebalance,
    withhold(partitions, { silently }) {
      const lost: Owner[] = []
      for (const key of partitions.map(keyOf)) {
        withheld.add(key)
        const owner = owners.get(key)
        if (owner === undefined) continue
        owners.delete(key)
        if (silently) untold.set(key, owner)
        else lost.push(owner)
      }
      tell(lost)
    },
    giveBack(partitions) {
      for (const partition of partitions) withheld.delete(keyOf(partition))
      void rebalance({ announce: false })
    },
    owned: () =>
      [...owners.values()].map(({ ownership: { topic, partition } }) => ({ topic, partition })).sort(byPlace),
    commit(ownership, position) {
      const key = keyOf(ownership)
      if (owners.get(key)?.ownership.token === ownership.token) {
        commits.set(key, { topic: ownership.topic, partition: ownership.partition, ...position })
        return true
      }
      const ignorant = untold.get(key)
      if (ignorant?.ownership.token === ownership.token) {
        untold.delete(key)
        tell([ignorant])
      }
      return false
    },
    committed(partition) {
      const commit = commits.get(keyOf(partition))
      return commit === undefined ? undefined : { offset: commit.offset, metadata: commit.metadata }
    },
    setOffset({ topic, partition }, position) {
      commits.set(keyOf({ topic, partition }), { topic, partition, ...position })
    },
    forgetTopic(topic) {
      for (const [key, commit] of commits) if (commit.topic === topic) commits.delete(key)
    },
    readsTopic: (topic) => [...members.values()].some((member) => member.topics.includes(topic)),
    get memberCount() {
      return members.size
    },
    offsets: () =>
      [...commits.values()]
        .map(({ topic, partition, offset, metadata }) => ({ topic, partition, offset, metadata }))
        .sort(byPlace),
    describe: () => ({
      groupId,
      state,
      members: [...members.values()].map(({ memberId }) => ({
        memberId,
        clientId: 'in-memory',
        host: 'in-memory',
        partitions: [...owners.values()]
          .filter(({ member }) => member.memberId === memberId)
          .map(({ ownership: { topic, partition } }) => ({ topic, partition }))
          .sort(byPlace),
      })),
    }),
  }
}
