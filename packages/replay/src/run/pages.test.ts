import type { AuditEntry } from '@ledgerbus/core'
import { aConsumerRecord } from '@ledgerbus/testkit'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pagesOf } from './pages.ts'

function entry(offset: number, size: number): AuditEntry {
  return {
    record: aConsumerRecord({ offset: BigInt(offset), key: null, value: new Uint8Array(size) }),
    reading: { status: 'undecodable', problem: 'test' },
    ingestedAtMs: 0,
  }
}

async function* streamOf<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('pages', () => {
  it('lose, repeat and reorder nothing, and keep both bounds', async () => {
    const sizes = fc.array(fc.nat({ max: 300 }), { maxLength: 200 })
    const bounds = fc.record({
      maxRecords: fc.integer({ min: 1, max: 20 }),
      maxBytes: fc.integer({ min: 1, max: 2_000 }),
    })
    await fc.assert(
      fc.asyncProperty(sizes, bounds, async (given, { maxRecords, maxBytes }) => {
        const entries = given.map((size, index) => entry(index, size))
        const pages = await collect(pagesOf(streamOf(entries), { maxRecords, maxBytes }))
        expect(pages.flat()).toEqual(entries)
        for (const page of pages) {
          expect(page.length).toBeGreaterThan(0)
          expect(page.length).toBeLessThanOrEqual(maxRecords)
          const bytes = page.reduce((sum, { record }) => sum + (record.value?.byteLength ?? 0), 0)
          expect(page.length === 1 || bytes <= maxBytes).toBe(true)
        }
      }),
    )
  })

  it('give an entry larger than a page one of its own', async () => {
    const pages = await collect(
      pagesOf(streamOf([entry(0, 10), entry(1, 5_000), entry(2, 10)]), { maxRecords: 500, maxBytes: 1_000 }),
    )
    expect(pages.map((page) => page.length)).toEqual([1, 1, 1])
  })

  it('end the reading when the taker leaves', async () => {
    let isEnded = false
    async function* reading(): AsyncGenerator<AuditEntry> {
      try {
        for (let offset = 0; ; offset += 1) yield entry(offset, 10)
      } finally {
        isEnded = true
      }
    }
    for await (const page of pagesOf(reading(), { maxRecords: 2, maxBytes: 1_000 })) {
      expect(page).toHaveLength(2)
      break
    }
    expect(isEnded).toBe(true)
  })
})
