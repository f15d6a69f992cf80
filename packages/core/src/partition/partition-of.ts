import { ConfigurationError } from '../errors/configuration-error.ts'

/**
 * The partition a key belongs to, the same as the Java client chooses.
 *
 * Murmur2 over the key bytes, sign bit cleared, modulo the number of partitions: Kafka's own rule
 * (apache/kafka `clients/src/main/java/org/apache/kafka/common/utils/Utils.java`). A key that moves loses its order.
 *
 * @param partitions how many the topic has, 1 or more
 * @throws ConfigurationError when `partitions` is not a positive integer
 */
export function partitionOf(key: Uint8Array, partitions: number): number {
  if (!Number.isInteger(partitions) || partitions < 1) {
    throw new ConfigurationError('partitionOf', [`partitions: must be a positive integer, not ${partitions}`])
  }
  return (murmur2(key) & 0x7fffffff) % partitions
}

const seed = 0x9747b28c
const multiplier = 0x5bd1e995

/** 32-bit MurmurHash2 with Kafka's seed, as a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  // Every index below stays inside the array.
  const at = (index: number): number => bytes[index] as number
  let hash = seed ^ length
  let index = 0
  for (; index + 4 <= length; index += 4) {
    let chunk = at(index) | (at(index + 1) << 8) | (at(index + 2) << 16) | (at(index + 3) << 24)
    chunk = Math.imul(chunk, multiplier)
    chunk = Math.imul(chunk ^ (chunk >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ chunk
  }
  const rest = length - index
  if (rest === 3) hash ^= at(index + 2) << 16
  if (rest >= 2) hash ^= at(index + 1) << 8
  if (rest >= 1) hash = Math.imul(hash ^ at(index), multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}
