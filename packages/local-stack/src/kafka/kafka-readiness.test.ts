import { describe, expect, it } from 'vitest'
import { javaHash, keyPerPartition } from './kafka-readiness.ts'

describe('names for the partitions of a coordinator topic', () => {
  it.each([
    ['', 0],
    ['a', 97],
    ['hello', 99_162_322],
    ['polygenelubricants', -0x8000_0000],
  ])("hash as Java's String.hashCode does: %j", (text, hash) => {
    expect(javaHash(text)).toBe(hash)
  })

  it.each([1, 10, 50])('cover each of %i partitions with a name that belongs there', (partitions) => {
    const keys = keyPerPartition(partitions)
    expect(keys.map((key) => Math.abs(javaHash(key)) % partitions)).toEqual(keys.map((_, index) => index))
    expect(keys).toHaveLength(partitions)
  })
})
