import { producedBytes } from '@ledgerbus/core'
import { aRecord } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPageSize, cutIntoPages } from './page-size.ts'

const ofBytes = (bytes: number) => aRecord({ key: null, value: new Uint8Array(bytes) })

describe('the size of a page', () => {
  it('begins small, and grows or shrinks with what was read', () => {
    const size = createPageSize()
    expect(size.letters).toBe(50)
    size.read([ofBytes(100), ofBytes(100)])
    expect(size.letters).toBe(500)
    size.read([ofBytes(1_000_000)])
    expect(size.letters).toBe(3)
    size.read([ofBytes(9_000_000)])
    expect(size.letters).toBe(1)
    size.read([])
    expect(size.letters).toBe(1)
  })

  it('is kept by cutting, which loses and reorders nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000_000 }), { maxLength: 12 }), (sizes) => {
        const records = sizes.map(ofBytes)
        const pages = [...cutIntoPages(records, (record) => record)]
        expect(pages.flat()).toEqual(records)
        for (const page of pages) {
          const bytes = page.reduce((sum, record) => sum + producedBytes(record), 0)
          expect(page.length === 1 || bytes <= 4_000_000).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })
})
