import type { CommitPosition, NextOffset, PartitionEpoch } from '@ledgerbus/core'
import { createFakeClock, createFixedRandom, createRecordingLogger } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createCommitQueue } from './commit-queue.ts'

describe('commit queue of the sink', () => {
  it('makes a commit that is requested in the moment the one before is confirmed', async () => {
    const ownership: PartitionEpoch = {
      topic: 'orders',
      partition: 0,
      epoch: 1,
      signal: new AbortController().signal,
    }
    const made: bigint[] = []
    const clock = createFakeClock()
    const queue = createCommitQueue({
      consumer: {
        commit: async (positions: readonly CommitPosition[]) => {
          made.push(...positions.map(({ offset }) => offset))
          return { kind: 'ok' as const }
        },
      },
      clock,
      random: createFixedRandom(0.5),
      logger: createRecordingLogger(),
      signal: new AbortController().signal,
    })
    const request = (next: bigint, committed: () => void): void =>
      queue.request({ ownership, next: next as NextOffset, committed })

    // As a partition's loop does, which is woken by the confirmation.
    request(5n, () => {
      void Promise.resolve().then(() => request(8n, () => undefined))
    })
    await clock.advance(0)

    expect(made).toEqual([5n, 8n])
  })
})
