import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TopicPartition } from '../ports/topic-partition.ts'
import { parkingTopicOf, redriveLaneOf, retryTopicOf } from '../topics/group-topics.ts'
import type { GroupShare } from './group-share.ts'
import { sharePartitions } from './share-partitions.ts'

const groupId = 'billing'
const retry = retryTopicOf('orders', groupId, 30_000)
const redrive = redriveLaneOf('orders', groupId)

function counted(counts: Readonly<Record<string, number>>): (topic: string) => readonly number[] {
  return (topic) => Array.from({ length: counts[topic] ?? 0 }, (_, partition) => partition)
}

const sixEach = () => [0, 1, 2, 3, 4, 5]

function share(
  members: readonly GroupShare[],
  partitionsOf: (topic: string) => readonly number[] = sixEach,
): ReadonlyMap<string, readonly TopicPartition[]> {
  return sharePartitions(members, { groupId, partitionsOf })
}

function member(memberId: string, facts: Partial<GroupShare> = {}): GroupShare {
  return { memberId, topics: ['orders'], owned: [], generation: 0, ...facts }
}

function of(topic: string, ...partitions: readonly number[]): TopicPartition[] {
  return partitions.map((partition) => ({ topic, partition }))
}

const orders = (...partitions: readonly number[]) => of('orders', ...partitions)

describe('sharing partitions out', () => {
  it('gives members as many as each other', () => {
    const shared = share([member('a'), member('b'), member('c'), member('d')])

    expect([...shared.values()].map((partitions) => partitions.length)).toEqual([2, 2, 1, 1])
  })

  it('leaves with a member what it has when another joins, but for what the other needs', () => {
    const shared = share([member('b', { owned: orders(0, 1, 2, 3, 4, 5) }), member('a')])

    expect(shared.get('b')).toHaveLength(3)
    expect(shared.get('a')).toHaveLength(3)
  })

  it('gives only the partitions of a member that left to the others', () => {
    const shared = share([member('a', { owned: orders(0, 3) }), member('c', { owned: orders(2, 5) })])

    expect(shared.get('a')).toEqual(expect.arrayContaining(orders(0, 3)))
    expect(shared.get('c')).toEqual(expect.arrayContaining(orders(2, 5)))
    expect(shared.get('a')).toHaveLength(3)
  })

  it('gives a topic to members that read it, whoever is first', () => {
    const shared = share([member('a'), member('b', { topics: ['orders', 'users'] })])

    expect(shared.get('a')?.every(({ topic }) => topic === 'orders')).toBe(true)
    expect(shared.get('b')).toHaveLength(6)
    expect(shared.get('b')?.filter(({ topic }) => topic === 'users')).toHaveLength(6)
  })

  it('believes the member of the later generation when two claim a partition', () => {
    const shared = share(
      [member('a', { owned: orders(0), generation: 3 }), member('b', { owned: orders(0), generation: 7 })],
      counted({ orders: 1 }),
    )

    expect(shared.get('b')).toEqual(orders(0))
  })

  it('leaves out a topic that does not exist', () => {
    expect(share([member('a')], () => []).get('a')).toEqual([])
  })
})

describe('families of partitions', () => {
  it('are partition p of a topic and of its retry topics, and go to one member', () => {
    const topics = ['orders', retry, redrive, parkingTopicOf('orders', groupId)]
    const shared = share([member('a', { topics }), member('b', { topics })])

    expect(shared.get('a')).toEqual(
      [0, 2, 4].flatMap((partition) => topics.toSorted().flatMap((t) => of(t, partition))),
    )
    expect(shared.get('b')).toHaveLength(12)
  })

  it('count as one each when members are given as many', () => {
    const topics = ['orders', retry, 'users']
    const shared = share(
      [member('a', { topics }), member('b', { topics })],
      counted({ orders: 2, [retry]: 2, users: 2 }),
    )

    expect([...shared.values()].map((partitions) => partitions.length)).toEqual([3, 3])
    expect(new Set(shared.get('a')?.map(({ topic }) => topic))).toEqual(new Set(['orders', retry, 'users']))
  })

  it('take in the retry topics of their own group only', () => {
    const foreign = retryTopicOf('orders', 'shipping', 30_000)
    const topics = ['orders', foreign]
    const shared = share([member('a', { topics }), member('b', { topics })], counted({ orders: 1, [foreign]: 1 }))

    expect(shared.get('a')).toEqual(orders(0))
    expect(shared.get('b')).toEqual(of(foreign, 0))
  })

  it('hold what there is where the topics have different numbers of partitions', () => {
    const topics = ['orders', retry]
    const more = share([member('a', { topics })], counted({ orders: 1, [retry]: 3 }))
    const fewer = share([member('a', { topics })], counted({ orders: 3, [retry]: 1 }))

    expect(more.get('a')).toEqual([...orders(0), ...of(retry, 0, 1, 2)])
    expect(fewer.get('a')).toEqual([...orders(0), ...of(retry, 0), ...orders(1, 2)])
  })

  it('that were split come together at the member that owns the source', () => {
    const topics = ['orders', retry]
    const shared = share(
      [member('a', { topics, owned: of(retry, 0, 1) }), member('b', { topics, owned: orders(0, 1) })],
      counted({ orders: 2, [retry]: 2 }),
    )

    // One of the two moves, for balance; neither is split.
    expect(shared.get('a')).toHaveLength(2)
    expect(new Set(shared.get('a')?.map(({ partition }) => partition)).size).toBe(1)
    const one = share(
      [member('a', { topics, owned: of(retry, 0) }), member('b', { topics, owned: orders(0) })],
      counted({ orders: 1, [retry]: 1 }),
    )
    expect(one.get('b')).toEqual([...orders(0), ...of(retry, 0)])
  })

  it('go whole to the members of a new version that read all of them, while those of the old one keep what else they read', () => {
    const shared = share(
      [
        member('old', { topics: ['orders', 'users'], owned: [...orders(0, 1), ...of('users', 0, 1)] }),
        member('new', { topics: ['orders', 'users', retry] }),
      ],
      counted({ orders: 2, users: 2, [retry]: 2 }),
    )

    expect(shared.get('old')).toEqual(of('users', 0, 1))
    expect(shared.get('new')).toEqual([0, 1].flatMap((partition) => [...orders(partition), ...of(retry, partition)]))
  })

  it('are split where no member reads all of them, rather than left to nobody', () => {
    const shared = share(
      [member('a', { topics: ['orders'] }), member('b', { topics: [retry, redrive] })],
      counted({ orders: 2, [retry]: 2, [redrive]: 2 }),
    )

    expect(shared.get('a')).toEqual(orders(0, 1))
    expect(shared.get('b')).toHaveLength(4)
  })
})

describe('whatever the group looks like', () => {
  const topics = ['orders', retry, redrive, 'users', retryTopicOf('users', groupId, 0), 'orders.billing.dlq'] as const
  const group = fc
    .record({
      counts: fc.array(fc.nat(7), { minLength: topics.length, maxLength: topics.length }),
      subscriptions: fc.array(fc.subarray([...topics]), { minLength: 1, maxLength: 5 }),
      seeds: fc.array(fc.tuple(fc.nat(2), fc.array(fc.boolean(), { maxLength: 48 })), { minLength: 5, maxLength: 5 }),
    })
    .map(({ counts, subscriptions, seeds }) => {
      const partitionsOf = counted(Object.fromEntries(topics.map((topic, index) => [topic, counts[index] ?? 0])))
      const all = topics.flatMap((topic) => of(topic, ...partitionsOf(topic)))
      const members = subscriptions.map((read, index): GroupShare => {
        const [generation, claims] = seeds[index] ?? [0, []]
        return { memberId: `m${index}`, topics: read, generation, owned: all.filter((_, place) => claims[place]) }
      })
      return { partitionsOf, all, members }
    })

  const familyOf = ({ topic, partition }: TopicPartition) => `${topic.split('.billing.retry')[0]}/${partition}`
  const nameOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`

  it('each partition goes to exactly one member, and that member reads its topic', () => {
    fc.assert(
      fc.property(group, ({ partitionsOf, all, members }) => {
        const shared = share(members, partitionsOf)

        const readable = all.filter(({ topic }) => members.some((one) => one.topics.includes(topic)))
        expect([...shared.values()].flat().map(nameOf).toSorted()).toEqual(readable.map(nameOf).toSorted())
        for (const { memberId, topics: read } of members) {
          for (const { topic } of shared.get(memberId) ?? []) expect(read).toContain(topic)
        }
      }),
    )
  })

  it('a family has one owner if any member reads all of it, and nobody who could have it has two families fewer', () => {
    fc.assert(
      fc.property(group, ({ partitionsOf, all, members }) => {
        const shared = share(members, partitionsOf)

        const readTopics = new Set(members.flatMap((one) => one.topics))
        const families = new Map<string, TopicPartition[]>()
        for (const place of all.filter(({ topic }) => readTopics.has(topic))) {
          families.set(familyOf(place), [...(families.get(familyOf(place)) ?? []), place])
        }
        const ownersOf = (places: readonly TopicPartition[]) =>
          members.filter(({ memberId }) =>
            shared.get(memberId)?.some((own) => places.some((at) => nameOf(at) === nameOf(own))),
          )
        const couldHave = (places: readonly TopicPartition[]) =>
          members.filter(({ topics: read }) => places.every(({ topic }) => read.includes(topic)))
        const whole = [...families.values()].filter((places) => couldHave(places).length > 0)
        for (const places of whole) expect(ownersOf(places)).toHaveLength(1)
        if (whole.length < families.size) return
        const countOf = (one: GroupShare) => whole.filter((places) => ownersOf(places).includes(one)).length
        for (const places of whole) {
          for (const owner of ownersOf(places)) {
            for (const other of couldHave(places)) expect(countOf(owner) - countOf(other)).toBeLessThan(2)
          }
        }
      }),
    )
  })

  it('sharing out again moves nothing, in whatever order the members stand', () => {
    fc.assert(
      fc.property(group, ({ partitionsOf, members }) => {
        const shared = share(members, partitionsOf)
        const settled = members.map((one) => ({ ...one, owned: shared.get(one.memberId) ?? [], generation: 9 }))

        expect(share(settled.toReversed(), partitionsOf)).toEqual(shared)
      }),
    )
  })

  it('a member that joins takes families and gives none, and one that leaves moves only its own', () => {
    fc.assert(
      fc.property(group, ({ partitionsOf, members }) => {
        const alike = members.map((one) => ({ ...one, topics: [...topics] }))
        const before = share(alike, partitionsOf)
        const settled = alike.map((one) => ({ ...one, owned: before.get(one.memberId) ?? [], generation: 9 }))

        const joined = share([...settled, member('joins', { topics: [...topics] })], partitionsOf)
        for (const { memberId, owned } of settled) {
          for (const place of joined.get(memberId) ?? []) expect(owned).toContainEqual(place)
        }
        const left = share(settled.slice(1), partitionsOf)
        for (const { memberId, owned } of settled.slice(1)) {
          expect(left.get(memberId)).toEqual(expect.arrayContaining([...owned]))
        }
      }),
    )
  })
})
