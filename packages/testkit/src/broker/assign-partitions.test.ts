import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignPartitions } from './assign-partitions.ts'

const partitionsOf = (topic: string, count: number): { topic: string; partition: number }[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }))

describe('assign partitions', () => {
  it('deals partitions in turn, in the order the members joined', () => {
    const members = ['m1', 'm2'].map((memberId) => ({ memberId, topics: ['orders'] }))

    expect([...assignPartitions(members, partitionsOf('orders', 3))]).toEqual([
      [
        'm1',
        [
          { topic: 'orders', partition: 0 },
          { topic: 'orders', partition: 2 },
        ],
      ],
      ['m2', [{ topic: 'orders', partition: 1 }]],
    ])
  })

  it('gives each partition to exactly one member that reads its topic, if there is any', () => {
    const topics = ['a', 'b', 'c'] as const
    fc.assert(
      fc.property(
        fc.array(fc.subarray<string>([...topics]), { maxLength: 5 }),
        fc.tuple(fc.nat(8), fc.nat(8), fc.nat(8)),
        (subscriptions, counts) => {
          const members = subscriptions.map((read, index) => ({ memberId: `m${index}`, topics: read }))
          const partitions = topics.flatMap((topic, index) => partitionsOf(topic, counts[index] ?? 0))
          const plan = assignPartitions(members, partitions)

          const readable = partitions.filter(({ topic }) => members.some((member) => member.topics.includes(topic)))
          const given = [...plan].flatMap(([memberId, own]) => own.map((partition) => ({ memberId, ...partition })))
          expect(given).toHaveLength(readable.length)
          expect(new Set(given.map(({ topic, partition }) => `${topic}/${partition}`)).size).toBe(readable.length)
          for (const { memberId, topic } of given) {
            expect(members.find((member) => member.memberId === memberId)?.topics).toContain(topic)
          }
        },
      ),
    )
  })
})
