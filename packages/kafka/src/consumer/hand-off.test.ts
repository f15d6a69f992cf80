import type { NextOffset, RecordBatch } from '@ledgerbus/core'
import {
  aConsumerRecord,
  createFakeClock,
  createFixedRandom,
  createGate,
  createRecordingLogger,
} from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createHandOff } from './hand-off.ts'

function aBatch(offset: bigint, signal: AbortSignal): RecordBatch {
  return {
    topic: 'orders',
    partition: 0,
    epoch: 1,
    signal,
    records: [{ ...aConsumerRecord(), offset, key: null, value: null }],
    nextOffset: (offset + 1n) as NextOffset,
    end: 100n,
  }
}

function aHandOff(deliver: (batch: RecordBatch) => Promise<void>) {
  const clock = createFakeClock()
  const logger = createRecordingLogger()
  const full: boolean[] = []
  const lost = new AbortController()
  const handOff = createHandOff({
    mostBytes: 1_000,
    deliver,
    onFull: (isFull) => full.push(isFull),
    clock,
    random: createFixedRandom(0.5),
    logger,
  })
  return {
    handOff,
    clock,
    logger,
    full,
    lost,
    add: (offset: bigint, bytes = 0) => handOff.add(aBatch(offset, lost.signal), bytes),
  }
}

describe('hand-off', () => {
  it('hands batches over one by one, in order, and never within the call that brings them', async () => {
    const delivered: bigint[] = []
    const { add, clock } = aHandOff(async ({ nextOffset }) => void delivered.push(nextOffset))

    add(1n)
    add(2n)
    expect(delivered).toEqual([])
    await clock.advance(0)

    expect(delivered).toEqual([2n, 3n])
  })

  it('waits for the platform, and tells when the queue is full and when half of it is free', async () => {
    const gates = [createGate(), createGate(), createGate()]
    let calls = 0
    const { add, clock, full } = aHandOff(() => gates[calls++]?.opened ?? Promise.resolve())

    add(1n, 300)
    add(2n, 300)
    expect(full).toEqual([])
    add(3n, 300)
    expect(full).toEqual([true])
    gates[0]?.open()
    await clock.advance(0)
    expect(full).toEqual([true])
    gates[1]?.open()
    await clock.advance(0)

    expect(full).toEqual([true, false])
    expect(calls).toBe(3)
  })

  it('hands the same batch over again when the platform throws, after a pause, and nothing behind it before', async () => {
    const delivered: bigint[] = []
    let failures = 2
    const { add, clock, logger } = aHandOff(async ({ nextOffset }) => {
      delivered.push(nextOffset)
      failures -= 1
      if (failures >= 0) throw new Error('the database is away')
    })

    add(1n)
    add(2n)
    await clock.advance(50)
    expect(delivered).toEqual([2n])
    await clock.advance(10_000)

    expect(delivered).toEqual([2n, 2n, 2n, 3n])
    expect(logger.texts('error')).toHaveLength(2)
  })

  it('drops what is queued, and the batch that was thrown back too', async () => {
    const delivered: bigint[] = []
    const { add, clock, handOff } = aHandOff(async ({ nextOffset }) => {
      delivered.push(nextOffset)
      if (nextOffset === 2n) throw new Error('no')
    })

    add(1n)
    add(2n)
    await clock.advance(0)
    handOff.clear()
    add(7n)
    await clock.advance(10_000)

    expect(delivered).toEqual([2n, 8n])
  })

  it('hands nothing more over once the ownership is lost, or halted', async () => {
    for (const end of ['lost', 'halted']) {
      const delivered: bigint[] = []
      const gate = createGate()
      const { add, clock, handOff, lost } = aHandOff(async ({ nextOffset }) => {
        delivered.push(nextOffset)
        await gate.opened
      })
      add(1n)
      add(2n)
      await clock.advance(0)

      if (end === 'lost') lost.abort()
      else handOff.halt()
      gate.open()
      await clock.advance(10_000)

      expect(delivered).toEqual([2n])
    }
  })

  it('ends a pause when the ownership is lost', async () => {
    const { add, clock, lost } = aHandOff(() => Promise.reject(new Error('no')))
    add(1n)
    await clock.advance(0)
    expect(clock.waiting).toBe(1)

    lost.abort()
    await clock.advance(0)

    expect(clock.waiting).toBe(0)
  })
})
