import type { RecordBatch } from '@ledgerbus/core'
import {
  aConsumerRecord,
  createFakeClock,
  createFixedRandom,
  createGate,
  createRecordingLogger,
} from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import type { OffsetRange, Questions } from '../client/questions.ts'
import { createOwnership } from './ownership.ts'
import { createRangeGuard } from './range-guard.ts'

const place = { topic: 'orders', partition: 0 }

/** A partition whose listener is slow: what was fetched waits in the queue when the broker refuses the next fetch. */
function aSlowPartition(
  policy: 'pause' | 'earliest',
  range: Omit<OffsetRange, 'topic' | 'partition'>,
  fetched: readonly bigint[] = [10n, 11n, 12n],
) {
  const clock = createFakeClock()
  const tools = { clock, random: createFixedRandom(0.5), logger: createRecordingLogger() }
  const busy = createGate()
  const delivered: bigint[] = []
  const seeks: bigint[] = []
  const ownership = createOwnership(place, 1, {
    groupId: 'billing',
    flow: { pause: () => undefined, resume: () => undefined, seek: (_, offset) => seeks.push(offset) },
    mostBytes: 1_000_000,
    async deliver(batch: RecordBatch) {
      await busy.opened
      delivered.push(...batch.records.map(({ offset }) => offset))
    },
    ...tools,
  })
  const problems: string[] = []
  const renewed: bigint[] = []
  const questions = { offsets: async () => [{ ...place, ...range }] } as unknown as Questions
  const guard = createRangeGuard({
    groupId: 'billing',
    policy,
    questions,
    problem: ({ code }) => problems.push(code),
    renew: ({ position }) => renewed.push(position ?? -1n),
    ...tools,
  })
  ownership.begin(10n)
  for (const offset of fetched) {
    ownership.fetched({
      ...place,
      records: [aConsumerRecord({ ...place, offset })],
      bytes: 0,
      lastOffset: offset,
      highWatermark: 20n,
    })
  }
  return { clock, ownership, guard, busy, delivered, seeks, problems, renewed }
}

describe('range guard', () => {
  it('delivers what was fetched before a refusal that turned out wrong', async () => {
    const { clock, ownership, guard, busy, delivered, seeks } = aSlowPartition('pause', { low: 0n, end: 20n })

    guard.refused(ownership)
    await clock.advance(60_000)
    busy.open()
    await clock.advance(0)

    expect(seeks.at(-1)).toBe(13n)
    expect(delivered).toEqual([10n, 11n, 12n])
  })

  it('delivers what was fetched before the partition lost the records behind it', async () => {
    const { clock, ownership, guard, busy, delivered, seeks } = aSlowPartition('earliest', { low: 15n, end: 20n })

    guard.refused(ownership)
    await clock.advance(60_000)
    busy.open()
    await clock.advance(0)

    expect(seeks.at(-1)).toBe(15n)
    expect(delivered).toEqual([10n, 11n, 12n])
  })

  it('owns a partition anew that became shorter: in one ownership offsets never go back', async () => {
    const { clock, ownership, guard, seeks, renewed } = aSlowPartition('earliest', { low: 0n, end: 5n })

    guard.refused(ownership)
    await clock.advance(60_000)

    expect(renewed).toEqual([13n])
    expect(seeks).toEqual([10n])
  })

  it('begins at the first record where the commit lies beyond the end and nothing was read yet', async () => {
    const { clock, ownership, guard, seeks, renewed } = aSlowPartition('earliest', { low: 0n, end: 5n }, [])

    guard.refused(ownership)
    await clock.advance(60_000)

    expect(renewed).toEqual([])
    expect(seeks).toEqual([10n, 0n])
  })

  it('keeps the partition where it is, and says so, when the policy is to pause', async () => {
    const { clock, ownership, guard, seeks, problems } = aSlowPartition('pause', { low: 15n, end: 20n })

    guard.refused(ownership)
    await clock.advance(60_000)

    expect(problems).toEqual(['BROKER_OFFSET_OUT_OF_RANGE'])
    expect(seeks).toEqual([10n])
  })
})
