import type { AssignedPartition, NextOffset } from '@ledgerbus/core'
import { createFakeClock, createFixedRandom, createGate, createRecordingLogger } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import type { Questions, StoredOffset } from '../client/questions.ts'
import { createOwnership } from './ownership.ts'
import { preparePartitions } from './prepare-partitions.ts'

describe('preparation of partitions', () => {
  it('says nothing of a partition that was taken away while the broker was asked about it', async () => {
    const tools = { clock: createFakeClock(), random: createFixedRandom(0.5), logger: createRecordingLogger() }
    const answered = createGate()
    const questions = {
      committed: async () => [],
      async offsets(partitions) {
        await answered.opened
        return partitions.map((partition) => ({ ...partition, low: 0n, end: 5n }))
      },
    } satisfies Partial<Questions> as unknown as Questions
    const [kept, taken] = [0, 1].map((partition) =>
      createOwnership({ topic: 'orders', partition }, partition + 1, {
        groupId: 'billing',
        flow: { pause: () => undefined, resume: () => undefined, seek: () => undefined },
        mostBytes: 1_000,
        deliver: async () => undefined,
        ...tools,
      }),
    )
    if (kept === undefined || taken === undefined) throw new Error('two ownerships were made')
    const told: AssignedPartition[] = []
    const prepared = preparePartitions([kept, taken], {
      groupId: 'billing',
      questions,
      listener: { assigned: (partitions) => void told.push(...partitions), deliver: async () => undefined },
      beginsAt: () => undefined,
      commitBegin: async () => undefined,
      outOfRange: () => undefined,
      ...tools,
    })

    await tools.clock.advance(0)
    taken.end()
    answered.open()
    await prepared

    expect(told.map(({ partition }) => partition)).toEqual([0])
    expect(kept.position).toBe(0n)
  })

  it('asks again before it believes that nothing was committed, once a read failed: the coordinator may have just taken over', async () => {
    const tools = { clock: createFakeClock(), random: createFixedRandom(0.5), logger: createRecordingLogger() }
    const answers: (() => readonly StoredOffset[])[] = [
      () => {
        throw new Error('the coordinator is away')
      },
      () => [],
      () => [{ topic: 'orders', partition: 0, offset: 3n as NextOffset, metadata: '' }],
    ]
    const questions = {
      committed: async () => answers.shift()?.() ?? [],
      offsets: async (partitions) => partitions.map((partition) => ({ ...partition, low: 0n, end: 5n })),
    } satisfies Partial<Questions> as unknown as Questions
    const ownership = createOwnership({ topic: 'orders', partition: 0 }, 1, {
      groupId: 'billing',
      flow: { pause: () => undefined, resume: () => undefined, seek: () => undefined },
      mostBytes: 1_000,
      deliver: async () => undefined,
      ...tools,
    })

    const prepared = preparePartitions([ownership], {
      groupId: 'billing',
      questions,
      listener: { deliver: async () => undefined },
      beginsAt: () => undefined,
      commitBegin: async () => undefined,
      outOfRange: () => undefined,
      ...tools,
    })
    await tools.clock.advance(3_000)
    await prepared

    expect(ownership.position).toBe(3n)
  })
})
