import { describe, expect, it } from 'vitest'
import { shardOf } from './shard-of.ts'

const partitions = Array.from({ length: 3_000 }, (_, index) => ({ topic: `topic-${index % 30}`, partition: index }))

describe('the shard of a partition', () => {
  it('never changes: rows stored by one release are looked for by the next', () => {
    const shards = (count: number) => [0, 1, 2, 3, 4, 5, 6, 7].map((partition) => shardOf('orders', partition, count))
    expect(shards(2)).toEqual([1, 1, 0, 0, 1, 1, 0, 0])
    expect(shards(3)).toEqual([1, 1, 0, 2, 2, 1, 0, 0])
    expect(shards(5)).toEqual([4, 1, 4, 4, 4, 1, 3, 0])
  })

  it('is the only one where there is one', () => {
    expect(shardOf('orders', 7, 1)).toBe(0)
  })

  it('is spread evenly', () => {
    const counts = [0, 0, 0, 0]
    for (const { topic, partition } of partitions) {
      const shard = shardOf(topic, partition, 4)
      counts[shard] = (counts[shard] ?? 0) + 1
    }
    for (const count of counts) expect(count).toBeGreaterThan(650)
  })

  it('stays, or becomes the new one, when a shard is added', () => {
    const moved = partitions.filter(({ topic, partition }) => {
      const before = shardOf(topic, partition, 4)
      const after = shardOf(topic, partition, 5)
      expect([before, 4]).toContain(after)
      return before !== after
    })
    expect(moved.length).toBeLessThan(partitions.length / 4)
  })
})
