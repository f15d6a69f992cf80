import { aConsumerRecord } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anUndecodable, rangeOf } from '../../test/support/a-range.ts'
import { deduplicationToken } from './deduplication-token.ts'

const three = [1n, 2n, 5n].map((offset) => anUndecodable({ offset, timestampMs: 1_000n + offset }))
const tokenOf = (items: typeof three): string =>
  deduplicationToken(
    rangeOf(items),
    items.map(({ record }) => record),
  )

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
    const records = three.map(({ record }) => record)
    const range = rangeOf(three)
    const tokens = [
      records,
      records.slice(1),
      records.slice(0, -1),
      [records[0], records[2]].flatMap((one) => one ?? []),
    ]
    expect(new Set(tokens.map((some) => deduplicationToken(range, some))).size).toBe(4)
  })

  it('differs for any two sets of coordinates', () => {
    const coordinates = fc.record({
      offset: fc.bigInt(0n, 2n ** 63n - 1n),
      timestampMs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    })
    fc.assert(
      fc.property(coordinates, coordinates, (one, other) => {
        fc.pre(one.offset !== other.offset || one.timestampMs !== other.timestampMs)
        const range = rangeOf(three)
        expect(deduplicationToken(range, [aConsumerRecord(one)])).not.toBe(
          deduplicationToken(range, [aConsumerRecord(other)]),
        )
      }),
    )
  })
})
