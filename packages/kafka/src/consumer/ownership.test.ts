import type { ConsumerRecord, RecordBatch } from '@ledgerbus/core'
import { aConsumerRecord, createFakeClock, createFixedRandom, createRecordingLogger } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createOwnership } from './ownership.ts'

const place = { topic: 'orders', partition: 2 }

function recordsAt(...offsets: readonly bigint[]): ConsumerRecord[] {
  return offsets.map((offset) => aConsumerRecord({ ...place, offset }))
}

function anOwnership() {
  const flow: string[] = []
  const delivered: RecordBatch[] = []
  const clock = createFakeClock()
  const ownership = createOwnership(place, 1, {
    groupId: 'billing',
    flow: {
      pause: () => flow.push('pause'),
      resume: () => flow.push('resume'),
      seek: (_, offset) => flow.push(`seek ${offset}`),
    },
    mostBytes: 1_000_000,
    deliver: async (batch) => void delivered.push(batch),
    clock,
    random: createFixedRandom(0.5),
    logger: createRecordingLogger(),
  })
  const fetch = (...offsets: readonly bigint[]) =>
    ownership.fetched({
      ...place,
      records: recordsAt(...offsets),
      bytes: 0,
      lastOffset: offsets.at(-1) ?? 0n,
      highWatermark: 100n,
    })
  const empty = (firstOffset: bigint | undefined, lastOffset: bigint) =>
    ownership.emptied({ ...place, firstOffset, lastOffset, highWatermark: 100n })
  return { ownership, flow, delivered, clock, fetch, empty }
}

describe('ownership of a partition', () => {
  it('is paused from its first moment, and fetched from where it shall begin', () => {
    const { ownership, flow } = anOwnership()
    expect(flow).toEqual(['pause'])

    ownership.begin(10n)

    expect(flow).toEqual(['pause', 'seek 10', 'resume'])
    expect(ownership.position).toBe(10n)
  })

  it('drops what was fetched before it began: it is fetched again from there', async () => {
    const { ownership, delivered, clock, fetch } = anOwnership()

    fetch(0n, 1n)
    ownership.begin(0n)
    await clock.advance(0)

    expect(delivered).toEqual([])
    expect(ownership.position).toBe(0n)
  })

  it('stands behind the last offset a fetch covers, control records and holes included', async () => {
    const { ownership, delivered, clock, empty } = anOwnership()
    ownership.begin(10n)

    ownership.fetched({ ...place, records: recordsAt(10n, 12n), bytes: 0, lastOffset: 14n, highWatermark: 100n })
    empty(15n, 16n)
    await clock.advance(0)

    expect(delivered.map(({ records, nextOffset, end }) => [records.length, nextOffset, end])).toEqual([
      [2, 15n, 100n],
      [0, 17n, 100n],
    ])
    expect(ownership.position).toBe(17n)
  })

  it('is not moved by an empty fetch that may have been made before a seek', async () => {
    const { ownership, delivered, clock, fetch, empty } = anOwnership()
    ownership.begin(0n)
    fetch(0n, 1n, 2n)
    await clock.advance(0)

    ownership.seek(0n)
    empty(3n, 9n)
    expect(ownership.position).toBe(0n)
    fetch(0n)
    empty(1n, 9n)
    await clock.advance(0)

    expect(delivered.map(({ nextOffset }) => nextOffset)).toEqual([3n, 1n, 10n])
  })

  it('goes on where it stood after a rejoin, not at the commit', () => {
    const { ownership, flow, fetch } = anOwnership()
    ownership.begin(0n)
    fetch(0n, 1n)

    ownership.keep()

    expect(flow.at(-1)).toBe('seek 2')
  })

  it('stays paused out of range until somebody seeks', () => {
    const { ownership, flow } = anOwnership()
    ownership.stopOutOfRange()
    ownership.begin(5n)
    expect(flow).toEqual(['pause', 'seek 5'])

    ownership.seek(20n)

    expect(flow).toEqual(['pause', 'seek 5', 'seek 20', 'resume'])
  })

  it('remembers where the listener wants it to begin', () => {
    const { ownership, flow } = anOwnership()

    ownership.seek(30n)

    expect(ownership.sought).toBe(30n)
    expect(flow).toEqual(['pause'])
  })

  it('ends once: its signal is aborted, its flag is cleared, and nothing of it is delivered any more', async () => {
    const { ownership, flow, delivered, clock, fetch } = anOwnership()
    ownership.begin(0n)
    ownership.halt()
    ownership.end()
    ownership.end()

    fetch(0n)
    ownership.begin(0n)
    await clock.advance(0)

    expect(ownership.epoch.signal.reason).toMatchObject({
      code: 'BROKER_PARTITION_LOST',
      groupId: 'billing',
      partition: 2,
    })
    expect(flow).toEqual(['pause', 'seek 0', 'resume', 'pause', 'resume'])
    expect(delivered).toEqual([])
  })
})
