import { type AppendOutcome, BrokerError } from '@ledgerbus/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { appendInParts } from './append-in-parts.ts'

const tooLarge: AppendOutcome = {
  kind: 'failed',
  error: new BrokerError('too large', { code: 'BROKER_RECORD_TOO_LARGE' }),
}

/** A broker that takes batches of so many bytes at most. */
function limited(limit: number, log: number[]) {
  return async (part: readonly number[]): Promise<AppendOutcome> => {
    if (part.reduce((sum, size) => sum + size, 0) > limit) return tooLarge
    const baseOffset = BigInt(log.length)
    log.push(...part)
    return { kind: 'ok', baseOffset }
  }
}

describe('a batch appended in parts', () => {
  it('loses only records that are too large by themselves, and keeps the order of the others', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 100 }), async (batch, limit) => {
        const log: number[] = []
        const settled: { size: number; kind: string }[] = []
        await appendInParts(batch, limited(limit, log), (part, outcome) => {
          settled.push(...part.map((size) => ({ size, kind: outcome.kind })))
        })

        expect(settled.map(({ size }) => size)).toEqual(batch)
        expect(log).toEqual(batch.filter((size) => size <= limit))
        expect(settled.every(({ size, kind }) => kind === (size <= limit ? 'ok' : 'failed'))).toBe(true)
      }),
    )
  })

  it('is not taken apart after any other refusal, nor after an unknown outcome', async () => {
    const error = new BrokerError('no answer', { code: 'BROKER_NO_ANSWER', outcome: 'unknown' })
    const parts: number[][] = []
    const append = async (part: readonly number[]): Promise<AppendOutcome> => {
      parts.push([...part])
      return { kind: 'unknown', error }
    }
    await appendInParts([1, 2, 3], append, () => undefined)

    expect(parts).toEqual([[1, 2, 3]])
  })
})
