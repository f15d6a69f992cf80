import { createHash } from 'node:crypto'

/**
 * The shard that holds a partition's rows, counted from 0.
 *
 * The one whose hash with the partition is the highest (rendezvous hashing): another shard at the end takes its share from all others and moves
 * nothing between them. By number and not by address, because addresses change. The same in ClickHouse:
 * `hex(SHA256(concat('0/orders/3')))`, compared over the shards as text.
 *
 * @param shards how many there are, 1 or more
 */
export function shardOf(topic: string, partition: number, shards: number): number {
  let found = 0
  let highest = ''
  for (let shard = 0; shard < shards; shard += 1) {
    const hash = createHash('sha256').update(`${shard}/${topic}/${partition}`).digest('hex')
    if (hash > highest) {
      highest = hash
      found = shard
    }
  }
  return found
}
