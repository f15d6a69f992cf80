import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../errors/configuration-error.ts'
import { murmur2, partitionOf } from './partition-of.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('the hash of a key', () => {
  // apache/kafka clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java, testMurmur2
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s is what Java says', (key, hash) => {
    expect(murmur2(utf8(key))).toBe(hash)
  })

  // Worked out with kafkajs 2.2.4, src/producer/partitioners/default/murmur2.js: every length of the tail, bytes above 127.
  it.each([
    [[], 275646681],
    [[108], 1184742640],
    [[78, 105], 71704901],
    [[89, 10, 188], 1848441084],
    [[88, 41, 139, 169], 1320773919],
    [[213, 191, 18, 142, 41], -863813956],
    [[223, 55, 59, 70, 160, 224], 866724926],
    [[39, 30, 123, 25, 55, 210, 191], 1549593929],
    [[187, 123, 181, 144, 125, 167, 253, 10], -819384701],
    [[162, 100, 60, 85, 8, 83, 36, 12, 237], 434219897],
    [[255, 255, 255, 255, 255, 255, 255], -71293549],
  ] as [number[], number][])('of bytes %j is what kafkajs says', (bytes, hash) => {
    expect(murmur2(Uint8Array.from(bytes))).toBe(hash)
  })
})

describe('the partition of a key', () => {
  it('clears the sign bit instead of taking the absolute value, as Java does', () => {
    expect(partitionOf(utf8('21'), 6)).toBe((-973932308 & 0x7fffffff) % 6)
    expect(partitionOf(utf8('21'), 6)).not.toBe(973932308 % 6)
  })

  it('is one of the topic’s, and the same each time', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.integer({ min: 1, max: 10_000 }), (key, partitions) => {
        const partition = partitionOf(key, partitions)
        expect(partition).toBeGreaterThanOrEqual(0)
        expect(partition).toBeLessThan(partitions)
        expect(partitionOf(key.slice(), partitions)).toBe(partition)
      }),
    )
  })

  it('is the only one where there is only one', () => {
    expect(partitionOf(new Uint8Array(), 1)).toBe(0)
  })

  it('spreads keys evenly', () => {
    const counts = Array.from({ length: 6 }, () => 0)
    for (let key = 0; key < 6_000; key += 1) {
      const partition = partitionOf(utf8(`order-${key}`), 6)
      counts[partition] = (counts[partition] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })

  it.each([0, -1, 1.5, Number.NaN])('needs a positive number of partitions, not %s', (partitions) => {
    expect(() => partitionOf(utf8('k'), partitions)).toThrow(ConfigurationError)
  })
})
