import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anUndecodable, rangeOf } from '../../test/support/a-range.ts'
import { deduplicationToken } from './deduplication-token.ts'

const three = [1n, 2n, 5n].map((offset) => anUndecodable({ offset, timestampMs: 1_000n + offset }))

function tokenOf(items: typeof three, { first = 1n, next = 6n, again = undefined as string | undefined } = {}): string {
  const { block } = rangeOf(items)
  const facts = { first, next, records: block.records, digest: block.digest, ...(again !== undefined && { again }) }
  return deduplicationToken(block, facts)
}

describe('the deduplication token', () => {
  it('names the range, its count and its checksum', () => {
    expect(tokenOf(three)).toMatch(/^test-cluster:orders:0:1-6:3:[0-9a-f]{8}$/)
  })

  it('is the same for the same records, whatever they hold', () => {
    const others = three.map(({ record, reading }) => ({ record: { ...record, value: Uint8Array.of(1) }, reading }))
    expect(tokenOf(others)).toBe(tokenOf(three))
  })

  it('differs for the records of a topic made again, whose offsets are the old ones', () => {
    const again = three.map(({ record, reading }) => ({
      record: { ...record, timestampMs: record.timestampMs + 1n },
      reading,
    }))
    expect(tokenOf(again)).not.toBe(tokenOf(three))
  })

  it('differs when one record of the range is placed elsewhere', () => {
    const kept = [
      [0, 1, 2],
      [1, 2],
      [0, 1],
      [0, 2],
    ]
    const tokens = kept.map((indexes) => tokenOf(indexes.flatMap((index) => three[index] ?? [])))
    expect(new Set(tokens).size).toBe(4)
  })

  it('differs for any other range, and where the log is asked to store it again', () => {
    const tokens = [
      tokenOf(three),
      tokenOf(three, { first: 0n }),
      tokenOf(three, { next: 7n }),
      tokenOf(three, { again: 'x' }),
    ]
    expect(new Set(tokens).size).toBe(4)
  })

  it('differs for any two sets of coordinates', () => {
    const coordinates = fc.record({
      offset: fc.bigInt(0n, 2n ** 63n - 1n),
      timestampMs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    })
    fc.assert(
      fc.property(coordinates, coordinates, (one, other) => {
        fc.pre(one.offset !== other.offset || one.timestampMs !== other.timestampMs)
        expect(tokenOf([anUndecodable(one)])).not.toBe(tokenOf([anUndecodable(other)]))
      }),
    )
  })
})
