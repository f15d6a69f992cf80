import type { TopicPartition } from '@ledgerbus/core'
import { createSeededRandom } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { decodeClaim, encodeClaim } from './membership-claim.ts'
import { type GroupShare, sharePartitions } from './share-partitions.ts'

const sixPartitions = () => [0, 1, 2, 3, 4, 5]

function member(memberId: string, share: Partial<GroupShare> = {}): GroupShare {
  return { memberId, topics: ['orders'], owned: [], generation: 0, ...share }
}

function orders(...partitions: readonly number[]): TopicPartition[] {
  return partitions.map((partition) => ({ topic: 'orders', partition }))
}

describe('sharing partitions out', () => {
  it('gives members as many as each other', () => {
    const shared = sharePartitions([member('a'), member('b'), member('c'), member('d')], sixPartitions)

    expect([...shared.values()].map((partitions) => partitions.length)).toEqual([2, 2, 1, 1])
  })

  it('leaves with a member what it has when another joins, but for what the other needs', () => {
    const shared = sharePartitions([member('b', { owned: orders(0, 1, 2, 3, 4, 5) }), member('a')], sixPartitions)

    expect(shared.get('b')).toHaveLength(3)
    expect(shared.get('a')).toHaveLength(3)
  })

  it('gives only the partitions of a member that left to the others', () => {
    const shared = sharePartitions(
      [member('a', { owned: orders(0, 3) }), member('c', { owned: orders(2, 5) })],
      sixPartitions,
    )

    expect(shared.get('a')).toEqual(expect.arrayContaining(orders(0, 3)))
    expect(shared.get('c')).toEqual(expect.arrayContaining(orders(2, 5)))
    expect(shared.get('a')).toHaveLength(3)
  })

  it('gives a topic to members that read it, whoever is first', () => {
    const shared = sharePartitions([member('a'), member('b', { topics: ['orders', 'users'] })], sixPartitions)

    expect(shared.get('a')?.every(({ topic }) => topic === 'orders')).toBe(true)
    expect(shared.get('b')).toHaveLength(6)
    expect(shared.get('b')?.filter(({ topic }) => topic === 'users')).toHaveLength(6)
  })

  it('believes the member of the later generation when two claim a partition', () => {
    const shared = sharePartitions(
      [member('a', { owned: orders(0), generation: 3 }), member('b', { owned: orders(0), generation: 7 })],
      () => [0],
    )

    expect(shared.get('b')).toEqual(orders(0))
  })

  it('leaves out a topic that does not exist', () => {
    expect(sharePartitions([member('a')], () => []).get('a')).toEqual([])
  })

  it('gives each partition to exactly one member that reads it, evenly, whatever the group looks like', () => {
    const random = createSeededRandom(7)
    const below = (limit: number) => Math.floor(random.next() * limit)
    for (let group = 0; group < 500; group += 1) {
      const counts = new Map(['t0', 't1', 't2'].map((topic) => [topic, below(8)]))
      const partitionsOf = (topic: string) => Array.from({ length: counts.get(topic) ?? 0 }, (_, index) => index)
      const members = Array.from({ length: 1 + below(5) }, (_, index) => {
        const topics = ['t0', 't1', 't2'].filter(() => random.next() < 0.7)
        const owned = ['t0', 't1', 't2'].flatMap((topic) =>
          partitionsOf(topic)
            .filter(() => random.next() < 0.3)
            .map((partition) => ({ topic, partition })),
        )
        return { memberId: `m${index}`, topics, owned, generation: below(3) }
      })

      const shared = sharePartitions(members, partitionsOf)

      const given = [...shared].flatMap(([memberId, partitions]) => partitions.map((place) => ({ memberId, ...place })))
      const read = new Set(members.flatMap(({ topics }) => topics))
      const expected = [...read].flatMap((topic) => partitionsOf(topic).map((partition) => `${topic}/${partition}`))
      expect(given.map(({ topic, partition }) => `${topic}/${partition}`).toSorted()).toEqual(expected.toSorted())
      for (const { memberId, topic } of given) {
        expect(members.find((one) => one.memberId === memberId)?.topics).toContain(topic)
        for (const other of members.filter(({ topics }) => topics.includes(topic))) {
          expect((shared.get(memberId)?.length ?? 0) - (shared.get(other.memberId)?.length ?? 0)).toBeLessThan(2)
        }
      }
    }
  })
})

describe('what a member claims', () => {
  it('comes back as it was', () => {
    const claim = { owned: [...orders(3, 1), { topic: 'users', partition: 0 }], generation: 12 }

    expect(decodeClaim(encodeClaim(claim))).toEqual(claim)
  })

  it.each(['', 'x', '{}', '{"v":2}', '{"v":1,"generation":"1"}', '{"v":1,"generation":1,"topics":null}', 'null'])(
    'counts as nothing when it is %j',
    (text) => {
      expect(decodeClaim(new TextEncoder().encode(text))).toEqual({ owned: [], generation: -1 })
    },
  )
})
