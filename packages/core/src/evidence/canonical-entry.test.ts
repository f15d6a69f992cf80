import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalEntryBytes, type EntryContent } from './canonical-entry.ts'

const bytes = fc.uint8Array({ maxLength: 6 })
const content: fc.Arbitrary<EntryContent> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.record({ name: fc.constantFrom('', 'a', 'ab', 'é'), value: fc.option(bytes) }), {
    maxLength: 3,
  }),
})
const status = fc.constantFrom('ok' as const, 'tombstone' as const, 'undecodable' as const)
const hex = (entry: EntryContent, read: 'ok' | 'tombstone' | 'undecodable'): string =>
  Buffer.from(canonicalEntryBytes(entry, read)).toString('hex')

describe('the canonical bytes of an entry', () => {
  it('are equal exactly for what is equal', () => {
    fc.assert(
      fc.property(content, status, content, status, (one, oneStatus, other, otherStatus) => {
        const equal = JSON.stringify([one, oneStatus]) === JSON.stringify([other, otherStatus])
        expect(hex(one, oneStatus) === hex(other, otherStatus)).toBe(equal)
        expect(hex(one, oneStatus)).toBe(hex(structuredClone(one), oneStatus))
      }),
      { numRuns: 2_000 },
    )
  })

  it('tell no value from no bytes, and one header from two', () => {
    const none: EntryContent = { key: null, value: null, headers: [] }
    const variants: EntryContent[] = [
      none,
      { ...none, key: new Uint8Array() },
      { ...none, value: new Uint8Array() },
      { ...none, headers: [{ name: '', value: null }] },
      { ...none, headers: [{ name: '', value: new Uint8Array() }] },
      {
        ...none,
        headers: [
          { name: '', value: null },
          { name: '', value: null },
        ],
      },
      { ...none, headers: [{ name: 'ab', value: null }] },
      { ...none, headers: [{ name: 'a', value: Uint8Array.of(98) }] },
    ]
    expect(new Set(variants.map((variant) => hex(variant, 'ok'))).size).toBe(variants.length)
  })

  it('have the form that seals were made of', () => {
    expect(
      hex({ key: Uint8Array.of(7), value: null, headers: [{ name: 'h', value: Uint8Array.of(1, 2) }] }, 'tombstone'),
    ).toBe('01 01 00000001 00000002 07 00000000 00000002 68 00000003 0102'.replaceAll(' ', ''))
  })
})
