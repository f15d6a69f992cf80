import { type AuditRecord, encodeEnvelope } from '@ledgerbus/core'
import { aConsumerRecord, anEnvelope, builderTimeMs, createFakeClock } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anAuditRecord, anUndecodable } from '../../test/support/a-range.ts'
import { type NativeRow, nativeRows } from '../../test/support/native-rows.ts'
import { hostileRecords } from '../../test/support/hostile-records.ts'
import { createAuditBlock } from './create-audit-block.ts'
import { createPieceStore } from '../row/piece-store.ts'
import { type EncodedBlock, isEncodedBlock } from './encoded-block.ts'

const clock = createFakeClock()
const day = 86_400_000n

function blockOf(items: readonly AuditRecord[]): EncodedBlock {
  const block = createAuditBlock(items[0]?.record ?? aConsumerRecord(), clock)
  for (const { record, reading } of items) block.add(record, reading)
  if (!isEncodedBlock(block)) throw new Error('unreachable: the block is ours')
  return block
}

const bytesOf = (block: EncodedBlock, table: 'events' | 'quarantine'): Buffer => Buffer.concat(block.rows(table).pieces)
const rowsOf = (block: EncodedBlock, table: 'events' | 'quarantine'): readonly NativeRow[] =>
  nativeRows(bytesOf(block, table))
const counts = (block: EncodedBlock): readonly number[] => [
  block.rows('events').records,
  block.rows('quarantine').records,
]

describe('a block of rows', () => {
  it('places every record once, among the events or in quarantine, in its order, and so do its parts', () => {
    const times = fc.oneof(fc.constant(builderTimeMs), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))
    fc.assert(
      fc.property(fc.array(times, { minLength: 2, maxLength: 30 }), fc.nat(), (timestamps, cut) => {
        const items = timestamps.map((timestampMs, index) => {
          const place = { offset: BigInt(index), timestampMs, key: index % 4 === 0 ? null : `k-${index}` }
          if (index % 3 === 0) return anUndecodable(place)
          const headers = Array.from({ length: index % 5 }, (_, at): [string, string | null] => [
            `h-${at}`,
            at === 1 ? null : `${index}`,
          ])
          const customMetrics = Object.fromEntries(
            Array.from({ length: index % 4 }, (_, at) => [`m-${at}`, index + at / 4]),
          )
          return anAuditRecord({ ...place, headers, value: encodeEnvelope(anEnvelope({ metrics: { customMetrics } })) })
        })
        const block = blockOf(items)
        const middle = cut % items.length
        const parts = [block.part(0, middle), block.part(middle, items.length)]
        for (const table of ['events', 'quarantine'] as const) {
          // Each row alone, in the order of the records, is the table's block.
          const single = items.flatMap((item) => rowsOf(blockOf([item]), table))
          expect(rowsOf(block, table)).toEqual(single)
          expect(parts.flatMap((part) => rowsOf(part, table))).toEqual(single)
        }
        expect(counts(block)[0]).toBe(items.length - (counts(block)[1] as number))
        const [left, right] = parts.map(counts) as [number[], number[]]
        expect(counts(block)).toEqual([0, 1].map((table) => (left[table] as number) + (right[table] as number)))
      }),
    )
  })

  it('keeps records of the last ten years and of tomorrow among the events', () => {
    const items = [builderTimeMs - 3_652n * day, builderTimeMs, builderTimeMs + day].map((timestampMs, index) =>
      anAuditRecord({ offset: BigInt(index), timestampMs }),
    )
    expect(counts(blockOf(items))).toEqual([3, 0])
  })

  it.each([-1n, -62_135_596_800_000n, 2n ** 63n - 1n, builderTimeMs - 3_654n * day, builderTimeMs + day + 1n])(
    'puts a record of Kafka’s time %i into quarantine, and says why',
    (timestampMs) => {
      const block = blockOf([anAuditRecord({ timestampMs })])
      expect(counts(block)).toEqual([0, 1])
      expect(bytesOf(block, 'events')).toHaveLength(0)
      expect(rowsOf(block, 'quarantine')).toMatchObject([{ quarantine_reason: 'kafka-timestamp' }])
    },
  )

  it('puts a row of more than 8 MiB into quarantine, and its neighbours not', () => {
    const block = blockOf([
      anAuditRecord({ offset: 0n }),
      anUndecodable({ offset: 1n, value: new Uint8Array(8 * 1024 * 1024) }),
      anAuditRecord({ offset: 2n }),
    ])
    expect(counts(block)).toEqual([2, 1])
    expect(block.part(1, 2).rows('events').records).toBe(0)
    expect(rowsOf(block, 'quarantine')).toMatchObject([{ kafka_offset: 1n, quarantine_reason: 'size' }])
  })

  it('turns the row of a single record into one of the quarantine', () => {
    const block = blockOf([anAuditRecord({ offset: 0n }), anAuditRecord({ offset: 1n })])
    const { records, digest, pieces } = block.part(1, 2).refusedRow()
    expect([records, digest]).toEqual([1, block.part(1, 2).digest])
    const [row] = rowsOf(block.part(1, 2), 'events')
    expect(nativeRows(Buffer.concat(pieces))).toEqual([{ ...row, quarantine_reason: 'refused' }])
  })

  it('writes the same row the short way and the long way', () => {
    const envelopes = fc.record(
      {
        version: fc.integer({ min: 1, max: 65_535 }),
        organizationId: fc.string({ minLength: 1, unit: 'binary' }),
        source: fc.string({ minLength: 1 }),
        timestamp: fc
          .date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
          .map((date) => date.toISOString()),
        entity: fc.record({ type: fc.string({ minLength: 1 }), id: fc.string({ minLength: 1, unit: 'grapheme' }) }),
        payload: fc.record({ after: fc.dictionary(fc.string(), fc.jsonValue()) }),
        metrics: fc.record(
          {
            processingTimeMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
            queueTimeMs: fc.nat(),
            customMetrics: fc.dictionary(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true })),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const { record, reading } = anAuditRecord({ value: encodeEnvelope(anEnvelope(envelope)) })
        const short = createAuditBlock(record, clock)
        short.add(record)
        expect(
          bytesOf(short as unknown as EncodedBlock, 'events').equals(bytesOf(blockOf([{ record, reading }]), 'events')),
        ).toBe(true)
      }),
      { numRuns: 300 },
    )
  }, 60_000)

  it('reads hostile values as decoding does', () => {
    const items = hostileRecords({ topic: 'orders', timestampMs: builderTimeMs })
    const read = createAuditBlock(items[0]?.record ?? aConsumerRecord(), clock)
    for (const { record } of items) read.add(record)
    const told = blockOf(items)
    expect(bytesOf(read as unknown as EncodedBlock, 'events').equals(bytesOf(told, 'events'))).toBe(true)
    expect(read.tally()).toEqual(told.tally())
  })

  it('stays whole when a record cannot be written', () => {
    const items = [0n, 1n, 2n].map((offset) => anAuditRecord({ offset }))
    const [first, second, third] = items as [AuditRecord, AuditRecord, AuditRecord]
    const block = createAuditBlock(first.record, clock)
    block.add(first.record)
    const gone = (): never => {
      throw new Error('the bytes are gone')
    }
    const figures = { customMetrics: { rows: 1 } }
    const broken: [record: typeof second.record, reading?: typeof second.reading][] = [
      [Object.defineProperty({ ...second.record }, 'value', { get: gone })],
      // Half of a row is written by then.
      [
        {
          ...second.record,
          headers: [
            ...second.record.headers,
            Object.defineProperty({ name: 'a', value: null }, 'value', { get: gone }),
          ],
        },
      ],
      [
        second.record,
        {
          status: 'ok',
          format: 'json',
          envelope: Object.defineProperty(anEnvelope({ metrics: figures }), 'actor', { get: gone }),
        },
      ],
    ]
    for (const [record, reading] of broken) expect(() => block.add(record, reading)).toThrow('the bytes are gone')
    block.add(third.record)
    expect(bytesOf(block as unknown as EncodedBlock, 'events').equals(bytesOf(blockOf([first, third]), 'events'))).toBe(
      true,
    )
    expect(block).toMatchObject({ records: 2, digest: blockOf([first, third]).digest })
  })

  it('holds many records in pieces, all of them', () => {
    const items = Array.from({ length: 3_000 }, (_, index) =>
      anUndecodable({ offset: BigInt(index * 2), value: new Uint8Array(1_000).fill(index) }),
    )
    const block = blockOf(items)
    const { pieces } = block.rows('events')
    expect(pieces.length).toBeGreaterThan(4)
    expect(block.offsetAt(2_999)).toBe(5_998n)
    const row = blockOf([items[2_500] as AuditRecord])
    expect(rowsOf(block.part(2_500, 2_501), 'events')).toEqual(rowsOf(row, 'events'))
  })

  it('gives its memory to the next block, and takes nothing of what stood there', () => {
    const store = createPieceStore()
    const items = Array.from({ length: 1_500 }, (_, index) =>
      anUndecodable({ offset: BigInt(index), value: new Uint8Array(1_000).fill(index) }),
    )
    const written = [0, 1, 2].map(() => {
      const block = createAuditBlock(items[0]?.record ?? aConsumerRecord(), clock, store)
      for (const { record, reading } of items) block.add(record, reading)
      const bytes = Buffer.from(bytesOf(block as unknown as EncodedBlock, 'events'))
      block.release()
      return bytes
    })
    const fresh = bytesOf(blockOf(items), 'events')
    for (const bytes of written) expect(bytes.equals(fresh)).toBe(true)
    const first = store.take()
    store.give(first)
    expect(store.take()).toBe(first)
  })
})
