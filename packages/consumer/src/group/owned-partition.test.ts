import type { ConsumerRecord, NextOffset, PartitionEpoch } from '@ledgerbus/core'
import { aConsumerRecord, createFakeClock, createGate } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createCounters } from '../consumer-counts.ts'
import { createSlots } from '../lanes/slots.ts'
import { createTurnRegistry } from '../lanes/turn-registry.ts'
import { createOwnedPartition } from './owned-partition.ts'
import { createOwnership } from './ownership.ts'

const epoch: PartitionEpoch = { topic: 'orders', partition: 0, epoch: 1, signal: new AbortController().signal }

/** A partition whose first record waits at the gate, while the others are handled at once. */
function aPartitionHeldUpBy(gate: Promise<void>, maxRecordsAhead: number) {
  return createOwnedPartition({
    ownership: createOwnership(epoch),
    committed: undefined,
    slots: createSlots(16),
    turns: createTurnRegistry(),
    clock: createFakeClock(),
    ordering: 'key',
    counters: createCounters([]),
    maxBufferedRecords: 1_000,
    maxBufferedBytes: 1_000_000,
    maxRecordsAhead,
    async work({ offset }: ConsumerRecord) {
      if (offset === 0n) await gate
      return { kind: 'handled' }
    },
    onProgress: () => undefined,
  })
}

describe('owned partition', () => {
  it('reads no further ahead of a stuck record than its bound, and reads on once that is done', async () => {
    const clock = createFakeClock()
    const stuck = createGate()
    const partition = aPartitionHeldUpBy(stuck.opened, 10)
    const records = Array.from({ length: 10 }, (_, index) =>
      aConsumerRecord({ offset: BigInt(index), key: `order-${index}` }),
    )
    let hasRoom = false

    void partition.accept({ ...epoch, records, nextOffset: 10n as NextOffset, end: 20n }).then(() => {
      hasRoom = true
    })
    await clock.advance(0)

    expect(partition.pending()?.offset).toBe(0n)
    expect(hasRoom).toBe(false)

    stuck.open()
    await clock.advance(0)

    expect(partition.pending()?.offset).toBe(10n)
    expect(hasRoom).toBe(true)
  })
})
