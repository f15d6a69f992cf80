import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aRecord } from '../builders/a-record.ts'
import { createPartitionLog, type LogTransaction, type PartitionLog } from './partition-log.ts'

const all = { maxBytes: Number.POSITIVE_INFINITY, maxRecords: Number.POSITIVE_INFINITY }

function offsetsIn(log: PartitionLog, from: bigint = log.low): bigint[] {
  return log.read(from, all).records.map(({ offset }) => offset)
}

describe('partition log', () => {
  it('keeps bytes of its own: what a producer or a reader changes later does not reach it', () => {
    const log = createPartitionLog(0n)
    const record = aRecord({ key: 'k', value: 'v', headers: { h: 'x' } })
    log.append([record])
    record.value?.fill(0)
    record.headers[0]?.value?.fill(0)

    log.read(0n, all).records[0]?.record.key?.fill(0)

    expect(log.read(0n, all).records[0]?.record).toEqual(aRecord({ key: 'k', value: 'v', headers: { h: 'x' } }))
  })

  it('reads up to the limits, and one record however large it is', () => {
    const log = createPartitionLog(0n)
    log.append(['12345', '1', '1', '1'].map((value) => aRecord({ key: null, value })))

    expect(log.read(0n, { maxBytes: 2, maxRecords: 10 })).toMatchObject({ records: [{ offset: 0n }], nextOffset: 1n })
    expect(log.read(1n, { maxBytes: 2, maxRecords: 10 })).toMatchObject({
      records: [{ offset: 1n }, { offset: 2n }],
      nextOffset: 3n,
    })
    expect(log.read(0n, { maxBytes: 100, maxRecords: 3 }).nextOffset).toBe(3n)
  })

  it('passes over the holes of compaction, before, between and behind records', () => {
    const log = createPartitionLog(10n)
    log.append(['a', 'b', 'a', 'b', 'c', 'b'].map((key) => aRecord({ key })))

    log.compact()

    expect(log.read(10n, all)).toMatchObject({
      records: [{ offset: 12n }, { offset: 14n }, { offset: 15n }],
      nextOffset: 16n,
    })
    expect(log.read(13n, { ...all, maxRecords: 1 })).toMatchObject({ records: [{ offset: 14n }], nextOffset: 15n })
  })

  it('shows nothing from the first open transaction on, and moves over markers and aborted records', () => {
    const log = createPartitionLog(0n)
    const aborted: LogTransaction = { state: 'open' }
    const committed: LogTransaction = { state: 'open' }
    log.append([aRecord()])
    log.append([aRecord(), aRecord()], aborted)
    log.append([aRecord()], committed)

    expect(log.read(0n, all)).toMatchObject({ records: [{ offset: 0n }], nextOffset: 1n })
    aborted.state = 'aborted'
    log.endTransaction(aborted)
    expect(log.read(1n, all)).toEqual({ records: [], nextOffset: 3n })
    committed.state = 'committed'
    log.endTransaction(committed)

    expect(offsetsIn(log)).toEqual([0n, 3n])
    expect(log.read(4n, all)).toEqual({ records: [], nextOffset: 6n })
    expect(log.end).toBe(6n)
  })

  it('holds [low, end) after records were deleted', () => {
    const log = createPartitionLog(0n)
    log.append([aRecord(), aRecord(), aRecord()])

    log.deleteBelow(2n)
    log.deleteBelow(1n)
    expect([log.low, log.end, offsetsIn(log)]).toEqual([2n, 3n, [2n]])

    log.deleteBelow(99n)
    expect([log.low, log.end, offsetsIn(log)]).toEqual([3n, 3n, []])
  })

  it('gives every record once, whatever the limits: pages are disjoint and make up the whole', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('append' as const),
        keys: fc.array(fc.constantFrom('a', 'b', null), { minLength: 1 }),
      }),
      fc.record({ kind: fc.constant('aborted' as const), keys: fc.array(fc.constant('a'), { minLength: 1 }) }),
      fc.record({ kind: fc.constant('compact' as const), keys: fc.constant([]) }),
    )
    fc.assert(
      fc.property(
        fc.array(step),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 40 }),
        (steps, maxRecords, maxBytes) => {
          const log = createPartitionLog(5n)
          for (const { kind, keys } of steps) {
            const records = keys.map((key) => aRecord({ key }))
            if (kind === 'compact') log.compact()
            else if (kind === 'append') log.append(records)
            else {
              const transaction: LogTransaction = { state: 'open' }
              log.append(records, transaction)
              transaction.state = 'aborted'
              log.endTransaction(transaction)
            }
          }
          const paged: bigint[] = []
          let position = log.low
          while (position < log.end) {
            const { records, nextOffset } = log.read(position, { maxRecords, maxBytes })
            expect(nextOffset).toBeGreaterThan(position)
            paged.push(...records.map(({ offset }) => offset))
            position = nextOffset
          }
          expect(paged).toEqual(offsetsIn(log))
          expect(position).toBe(log.end)
        },
      ),
    )
  })
})
